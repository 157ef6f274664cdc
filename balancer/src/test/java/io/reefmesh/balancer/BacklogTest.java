package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.terms;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is refused when there is too much. */
final class BacklogTest {

  private static final long DAY_MILLIS = 24 * 3_600_000L;

  private static MeshScenario mesh(int tasks, int perProject, int requestIds) {
    return new MeshScenario(
        DispatcherConfig.defaults().withBacklog(new BacklogLimits(tasks, perProject, requestIds)));
  }

  @Test
  void shouldRefuseProjectThatHasEnoughAndTakeOthers() {
    // given
    MeshScenario mesh = mesh(100, 2, 100);
    mesh.submit(termsOf("loud"));
    TaskId second = mesh.submit(termsOf("loud"));

    // when
    mesh.submit(termsOf("loud"));

    // then
    assertThat(mesh.answer(Answer.Full.class))
        .isEqualTo(new Answer.Full(Answer.Full.Of.PROJECT_QUEUE, 2));
    mesh.submit(termsOf("quiet"));
    assertThat(mesh.dispatcher.liveTasks()).isEqualTo(3);

    // when
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), second, "loud", ""));
    mesh.submit(termsOf("loud"));

    // then
    assertThat(mesh.dispatcher.liveTasks()).isEqualTo(3);
    mesh.dispatcher.checkInvariants();
  }

  @Test
  void shouldCountRunningTasksToo() {
    // given
    MeshScenario mesh = mesh(100, 1, 100);
    mesh.join("a", profile(4));
    mesh.submit(termsOf("loud"));

    // when
    mesh.submit(termsOf("loud"));

    // then
    assertThat(mesh.answer(Answer.Full.class).of()).isEqualTo(Answer.Full.Of.PROJECT_QUEUE);
  }

  @Test
  void shouldRefuseRequestIdsBeyondLimitUntilOldOnesLapse() {
    // given
    MeshScenario mesh = mesh(100, 100, 2);
    TaskId first = mesh.submit(terms(), "r1", "d1");
    mesh.submit(terms(), "r2", "d2");

    // when
    mesh.submit(terms(), "r3", "d3");

    // then
    assertThat(mesh.answer(Answer.Full.class))
        .isEqualTo(new Answer.Full(Answer.Full.Of.REQUEST_IDS, 2));

    // a repeat and a submission without an id are taken all the same
    mesh.submit(terms(), "r1", "d1");
    assertThat(mesh.answer(Answer.Repeated.class).id()).isEqualTo(first);
    mesh.submit(terms());
    assertThat(mesh.dispatcher.liveTasks()).isEqualTo(3);

    // when
    mesh.pass(DAY_MILLIS + 1);
    TaskId fresh = mesh.submit(terms(), "r3", "d3");

    // then
    assertThat(mesh.answer(Answer.Submitted.class).task().id()).isEqualTo(fresh);
  }

  private static TaskTerms termsOf(String project) {
    TaskTerms plain = terms();
    return new TaskTerms(
        project,
        plain.requirement(),
        plain.priority(),
        plain.session(),
        plain.concurrencyKey(),
        plain.preferSessionNode(),
        plain.queueTimeoutMillis(),
        plain.runTimeoutMillis(),
        plain.totalTimeoutMillis(),
        plain.noProgressTimeoutMillis(),
        plain.retry(),
        plain.reconnectGraceMillis(),
        plain.notBeforeMillis());
  }
}
