package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What a bot takes in with this SDK. */
final class DependenciesTest {

  @Test
  void shouldNeedNothingButWhatIsPromisedAtRunTime() throws Exception {
    Element pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile())
            .getDocumentElement();

    assertThat(runtimeDependencies(pom))
        .isNotEmpty()
        .allSatisfy(
            dependency ->
                assertThat(dependency)
                    .matches(
                        "io\\.grpc:grpc-.+"
                            + "|com\\.google\\.protobuf:protobuf-java"
                            + "|org\\.slf4j:slf4j-api"
                            + "|org\\.jspecify:jspecify"
                            + "|io\\.reefmesh:reefmesh-proto"));
  }

  private static List<String> runtimeDependencies(Element pom) {
    List<String> found = new ArrayList<>();
    NodeList all = pom.getElementsByTagName("dependency");
    for (int i = 0; i < all.getLength(); i++) {
      Element dependency = (Element) all.item(i);
      String scope = text(dependency, "scope");
      if (!scope.equals("test")) {
        found.add(text(dependency, "groupId") + ":" + text(dependency, "artifactId"));
      }
    }
    return found;
  }

  private static String text(Element parent, String tag) {
    NodeList found = parent.getElementsByTagName(tag);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent().trim();
  }
}
