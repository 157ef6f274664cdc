package io.reefmesh.node.handler;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;

/**
 * Tells addresses of the public internet from those of this machine, its network and its cloud, by
 * the registries of special-purpose addresses (RFC 6890 and what came after). Stateless.
 */
final class PublicAddress {

  private static final int IPV4_BYTES = 4;

  /** First address and length of prefixes that no stranger should make this node call. */
  private static final int[][] SPECIAL_IPV4 = {
    {0, 0, 0, 0, 8},
    {10, 0, 0, 0, 8},
    {100, 64, 0, 0, 10},
    {127, 0, 0, 0, 8},
    {169, 254, 0, 0, 16},
    {172, 16, 0, 0, 12},
    {192, 0, 0, 0, 24},
    {192, 0, 2, 0, 24},
    {192, 88, 99, 0, 24},
    {192, 168, 0, 0, 16},
    {198, 18, 0, 0, 15},
    {198, 51, 100, 0, 24},
    {203, 0, 113, 0, 24},
    {224, 0, 0, 0, 3},
  };

  private PublicAddress() {}

  static boolean isPublic(InetAddress address) {
    if (address instanceof Inet4Address) {
      return isPublicIpv4(address.getAddress());
    }
    return address instanceof Inet6Address && isPublicIpv6(address.getAddress());
  }

  private static boolean isPublicIpv4(byte[] bytes) {
    return Arrays.stream(SPECIAL_IPV4).noneMatch(prefix -> isWithin(bytes, prefix));
  }

  private static boolean isWithin(byte[] address, int[] prefix) {
    int bits = prefix[IPV4_BYTES];
    for (int i = 0; i < IPV4_BYTES && bits > 0; i++, bits -= Byte.SIZE) {
      int mask = bits >= Byte.SIZE ? 0xff : (0xff << (Byte.SIZE - bits)) & 0xff;
      if ((address[i] & mask) != (prefix[i] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** Global unicast is 2000::/3; what carries an IPv4 address inside is judged by that. */
  private static boolean isPublicIpv6(byte[] bytes) {
    int first = word(bytes, 0);
    int second = word(bytes, 2);
    if (first == 0x0064 && second == 0xff9b && isZero(bytes, 4, 12)) {
      return isPublicIpv4(Arrays.copyOfRange(bytes, 12, 16));
    }
    if (first == 0x2002) {
      return isPublicIpv4(Arrays.copyOfRange(bytes, 2, 6));
    }
    boolean special = first == 0x2001 && (second < 0x0200 || second == 0x0db8);
    return (first & 0xe000) == 0x2000 && !special && first != 0x3fff;
  }

  private static int word(byte[] bytes, int at) {
    return ((bytes[at] & 0xff) << Byte.SIZE) | (bytes[at + 1] & 0xff);
  }

  private static boolean isZero(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
