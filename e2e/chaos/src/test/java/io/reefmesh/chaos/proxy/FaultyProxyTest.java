package io.reefmesh.chaos.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault, on real sockets. */
final class FaultyProxyTest {

  private static final int SOON_MILLIS = 10_000;
  private static final int A_WHILE_MILLIS = 150;

  private final FaultyProxy proxy = new FaultyProxy("test");
  private ServerSocket gateway;
  private Socket near;
  private Socket far;

  @BeforeEach
  void connect() throws IOException {
    gateway = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    gateway.setSoTimeout(SOON_MILLIS);
    proxy.leadTo((InetSocketAddress) gateway.getLocalSocketAddress());
    near = dial();
    far = gateway.accept();
    far.setSoTimeout(SOON_MILLIS);
  }

  @AfterEach
  void close() throws IOException {
    near.close();
    far.close();
    gateway.close();
    proxy.close();
  }

  @Test
  void shouldCarryBytesBothWaysWhenTheWeatherIsFair() throws IOException {
    say(near, "up");
    say(far, "down");

    assertThat(hear(far, 2)).isEqualTo("up");
    assertThat(hear(near, 4)).isEqualTo("down");
  }

  @Test
  void shouldPassOnAnOrderlyEndWhenOneSideSaysIt() throws IOException {
    near.shutdownOutput();

    assertThat(far.getInputStream().read()).isEqualTo(-1);
    say(far, "still");
    assertThat(hear(near, 5)).isEqualTo("still");
  }

  @Test
  void shouldPassOnAResetWhenOneSideDies() throws IOException {
    near.setSoLinger(true, 0);
    near.close();

    assertThatThrownBy(() -> far.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  @Test
  void shouldResetBothSidesWhenItCuts() throws IOException {
    // given: a connection that the proxy has taken in, for it takes them in by a thread of its own
    say(near, "up");
    assertThat(hear(far, 2)).isEqualTo("up");

    // when
    proxy.cut();

    // then
    assertThatThrownBy(() -> near.getInputStream().read()).isInstanceOf(SocketException.class);
    assertThatThrownBy(() -> far.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  @Test
  void shouldDeliverLateWhenItHeldBytesBack() throws IOException {
    proxy.hold(Way.BOTH);
    say(near, "late");
    assertSilent(far);
    proxy.heal();

    far.setSoTimeout(SOON_MILLIS);
    assertThat(hear(far, 4)).isEqualTo("late");
  }

  @Test
  void shouldHoldBackOneWayOnlyWhenToldSo() throws IOException {
    proxy.hold(Way.UP);
    say(near, "up");
    say(far, "down");

    assertThat(hear(near, 4)).isEqualTo("down");
    assertSilent(far);
  }

  @Test
  void shouldHideTheEndOfOneSideWhileItHolds() throws IOException {
    proxy.hold(Way.BOTH);
    near.close();
    assertSilent(far);
    proxy.heal();

    far.setSoTimeout(SOON_MILLIS);
    assertThat(far.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void shouldResetWhatLostBytesWhenASwallowIsHealed() throws IOException {
    proxy.swallow(Way.UP);
    say(near, "gone");
    assertSilent(far);
    proxy.heal();

    far.setSoTimeout(SOON_MILLIS);
    assertThatThrownBy(() -> far.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  @Test
  void shouldKeepAConnectionThatLostNothingWhenASwallowIsHealed() throws IOException {
    proxy.swallow(Way.BOTH);
    proxy.heal();
    say(near, "here");

    assertThat(hear(far, 4)).isEqualTo("here");
  }

  @Test
  void shouldResetOldAndNewConnectionsWhenItRefuses() throws IOException {
    proxy.refuse();

    assertThatThrownBy(() -> near.getInputStream().read()).isInstanceOf(SocketException.class);
    try (Socket another = dial()) {
      assertThatThrownBy(() -> another.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void shouldResetNewConnectionsWhenThereIsNoGateway() throws IOException {
    proxy.leadTo(null);

    try (Socket another = dial()) {
      assertThatThrownBy(() -> another.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void shouldTakeItsTimeWhenItIsSlow() throws IOException {
    proxy.slowDown(200, 0);
    long before = System.nanoTime();
    say(near, "slow");

    assertThat(hear(far, 4)).isEqualTo("slow");
    assertThat(System.nanoTime() - before).isGreaterThan(190_000_000L);
  }

  private Socket dial() throws IOException {
    String address = proxy.address();
    Socket socket =
        new Socket(
            InetAddress.getLoopbackAddress(),
            Integer.parseInt(address.substring(address.indexOf(':') + 1)));
    socket.setSoTimeout(SOON_MILLIS);
    return socket;
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hear(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(A_WHILE_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }
}
