package io.reefmesh.client;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;

/**
 * All elements of a paged list, a page being fetched when the one before it is used up. Each
 * iterator begins at the first page.
 */
final class Pages<T> implements Iterable<T> {

  /** One page; an empty token says it is the last. */
  record Page<T>(List<T> elements, String nextToken) {}

  private final Function<String, Page<T>> fetch;

  /** The fetch gets a page token, empty for the first page. */
  Pages(Function<String, Page<T>> fetch) {
    this.fetch = fetch;
  }

  @Override
  public Iterator<T> iterator() {
    return new Walk<>(fetch);
  }

  private static final class Walk<T> implements Iterator<T> {
    private final Function<String, Page<T>> fetch;
    private Iterator<T> page = List.<T>of().iterator();
    private String token = "";
    private boolean last;

    Walk(Function<String, Page<T>> fetch) {
      this.fetch = fetch;
    }

    @Override
    public boolean hasNext() {
      while (!page.hasNext() && !last) {
        turn();
      }
      return page.hasNext();
    }

    @Override
    public T next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return page.next();
    }

    private void turn() {
      Page<T> next = fetch.apply(token);
      if (!next.nextToken().isEmpty() && next.nextToken().equals(token)) {
        throw Failures.protocol("the gateway gave the same page token twice: the list has no end");
      }
      page = next.elements().iterator();
      token = next.nextToken();
      last = token.isEmpty();
    }
  }
}
