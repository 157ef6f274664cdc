package io.reefmesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.gateway.store.StoreException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class GatewayStartExceptionTest {

  private static final InetSocketAddress ADDRESS =
      InetSocketAddress.createUnresolved("127.0.0.1", 80);

  @Test
  void shouldHaveAnExitCodeOfItsOwnWhenTheKindDiffers() {
    assertThat(
            Arrays.stream(GatewayStartException.Kind.values())
                .map(GatewayStartException.Kind::exitCode))
        .doesNotHaveDuplicates()
        .allMatch(code -> code > 0 && code < 126);
  }

  @ParameterizedTest
  @EnumSource
  void shouldKeepTheStoresWordsWhenTheStoreRefused(StoreException.Kind kind) {
    GatewayStartException failure =
        GatewayStartException.of(new StoreException(kind, "what to do"));

    boolean held =
        EnumSet.of(StoreException.Kind.LOCKED, StoreException.Kind.FENCED).contains(kind);
    assertThat(failure).hasMessage("what to do");
    assertThat(failure.kind())
        .isEqualTo(
            held ? GatewayStartException.Kind.STORE_LOCKED : GatewayStartException.Kind.STORE);
  }

  @Test
  void shouldSayWhatToDoWhenThePortIsForbidden() {
    GatewayStartException failure =
        GatewayStartException.ofBind(
            "port", ADDRESS, new IOException("failed", new BindException("Permission denied")));

    assertThat(failure.kind()).isEqualTo(GatewayStartException.Kind.PORT_FORBIDDEN);
    assertThat(failure)
        .hasMessage(
            "this user may not listen on 127.0.0.1:80: choose a port above 1023 with --port");
  }

  @Test
  void shouldBeADefectWhenTheCauseIsNotKnown() {
    GatewayStartException failure =
        GatewayStartException.ofBind("port", ADDRESS, new IllegalStateException("odd"));

    assertThat(failure.kind()).isEqualTo(GatewayStartException.Kind.INTERNAL);
  }
}
