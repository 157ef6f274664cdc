package io.reefmesh.node.handler;

import io.reefmesh.node.TaskFailedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Fetches pages of the public internet for strangers. A name is looked up once, all its addresses
 * are checked, and the connection goes to the address that was checked: a name that points
 * elsewhere a moment later changes nothing. Each redirect is checked in the same way. No cookie, no
 * key and no proxy is involved. Thread-safe.
 */
final class PageFetcher {

  /** Looks a name up. */
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  /** What can be closed while it is in use. */
  interface Cancel {
    void onCancel(Runnable action);
  }

  private static final int MAX_REDIRECTS = 5;
  private static final int MAX_URL = 4096;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  private final Resolver resolver;
  private final Predicate<InetSocketAddress> allowed;
  private final Duration timeout;
  private final int limitBytes;
  private final LongSupplier nanoTime;

  /**
   * A fetcher.
   *
   * @param allowed which addresses may be called
   * @param timeout how long one page may take, redirects included
   * @param limitBytes how much of a page is read
   */
  PageFetcher(
      Resolver resolver,
      Predicate<InetSocketAddress> allowed,
      Duration timeout,
      int limitBytes,
      LongSupplier nanoTime) {
    this.resolver = resolver;
    this.allowed = allowed;
    this.timeout = timeout;
    this.limitBytes = limitBytes;
    this.nanoTime = nanoTime;
  }

  /** One that calls public addresses and the usual ports, and nothing else. */
  static PageFetcher ofPublicPages(Duration timeout, int limitBytes) {
    return new PageFetcher(
        InetAddress::getAllByName,
        address ->
            PublicAddress.isPublic(address.getAddress())
                && (address.getPort() == HTTP || address.getPort() == HTTPS),
        timeout,
        limitBytes,
        System::nanoTime);
  }

  /**
   * The page at an address, behind at most five redirects.
   *
   * @throws TaskFailedException if it may not or cannot be had
   */
  RawPage fetch(String url, Cancel cancel) throws TaskFailedException {
    long end = nanoTime.getAsLong() + timeout.toNanos();
    URI uri = parse(url);
    for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
      RawPage page = fetchOne(uri, end, cancel);
      Optional<String> location = page.redirect();
      if (location.isEmpty()) {
        return page;
      }
      uri = parse(resolved(uri, location.get()));
    }
    throw refused(uri, "redirects more than " + MAX_REDIRECTS + " times");
  }

  private RawPage fetchOne(URI uri, long end, Cancel cancel) throws TaskFailedException {
    try (Socket plain = new Socket()) {
      cancel.onCancel(() -> closeQuietly(plain));
      plain.setSoTimeout(leftMillis(end));
      plain.connect(checkedAddress(uri), leftMillis(end));
      Socket socket = isSecure(uri) ? secured(plain, uri) : plain;
      socket.setSoTimeout(leftMillis(end));
      return RawPage.ask(uri, socket, limitBytes, () -> socket.setSoTimeout(leftMillis(end)));
    } catch (UnknownHostException e) {
      throw failed(uri, "has a host name that cannot be resolved");
    } catch (IOException e) {
      String message = e.getMessage();
      throw failed(
          uri,
          "could not be fetched: " + (message == null ? e.getClass().getSimpleName() : message));
    }
  }

  /** All addresses must do: else a name could have one that does and one that is meant. */
  private InetSocketAddress checkedAddress(URI uri) throws IOException, TaskFailedException {
    InetAddress[] addresses = resolver.resolve(bare(uri.getHost()));
    if (addresses.length == 0) {
      throw new UnknownHostException(uri.getHost());
    }
    for (InetAddress address : addresses) {
      if (!allowed.test(new InetSocketAddress(address, port(uri)))) {
        throw refused(uri, "is not at an address and port of the public web");
      }
    }
    return new InetSocketAddress(addresses[0], port(uri));
  }

  private static Socket secured(Socket plain, URI uri) throws IOException {
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket socket =
        (SSLSocket) factory.createSocket(plain, bare(uri.getHost()), port(uri), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private int leftMillis(long end) throws IOException {
    long left = TimeUnit.NANOSECONDS.toMillis(end - nanoTime.getAsLong());
    if (left <= 0) {
      throw new IOException("it took longer than " + timeout.toMillis() + " ms");
    }
    return (int) Math.min(left, Integer.MAX_VALUE);
  }

  private static URI parse(String url) throws TaskFailedException {
    try {
      URI uri = new URI(url.strip());
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      boolean web = scheme.equals("http") || scheme.equals("https");
      if (web && uri.getHost() != null && uri.getRawUserInfo() == null && url.length() <= MAX_URL) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Told below, in the same words.
    }
    throw new TaskFailedException(
        "PAGE_REFUSED",
        "Page " + PayloadFields.shortened(url) + " has no address such as https://example.org/a",
        false);
  }

  private static String resolved(URI base, String location) {
    try {
      return base.resolve(location.replace(" ", "%20")).toString();
    } catch (IllegalArgumentException e) {
      return location;
    }
  }

  static boolean isSecure(URI uri) {
    return "https".equalsIgnoreCase(uri.getScheme());
  }

  static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : isSecure(uri) ? HTTPS : HTTP;
  }

  /** IPv6 addresses stand in brackets. */
  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Whoever reads from it hears of it.
    }
  }

  private static TaskFailedException refused(URI uri, String complaint) {
    return new TaskFailedException("PAGE_REFUSED", "Page " + shown(uri) + " " + complaint, false);
  }

  private static TaskFailedException failed(URI uri, String complaint) {
    return new TaskFailedException("PAGE_ERROR", "Page " + shown(uri) + " " + complaint, true);
  }

  private static String shown(URI uri) {
    return PayloadFields.shortened(uri.toString());
  }
}
