package io.reefmesh.node.handler;

import io.reefmesh.config.SettingsException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What tokens cost, by model. A name that ends with {@code *} stands for all that begin so; a whole
 * name wins over a beginning, and the longest beginning over the others. Immutable.
 *
 * @param byName prices by model name or beginning of one
 */
public record PriceTable(Map<String, Price> byName) {

  /** Nothing has a price. */
  public static final PriceTable EMPTY = new PriceTable(Map.of());

  private static final Pattern PRICE =
      Pattern.compile("\\s*(\\d{1,6}(?:\\.\\d{1,9})?)\\s*/\\s*(\\d{1,6}(?:\\.\\d{1,9})?)\\s*");
  private static final String ANY = "*";
  private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

  /**
   * What a million tokens cost, in a currency that is the operator's choice.
   *
   * @param input those that the model reads
   * @param output those that it writes
   */
  public record Price(BigDecimal input, BigDecimal output) {}

  /** A copy of the prices. */
  public PriceTable {
    byName = Map.copyOf(byName);
  }

  /**
   * Reads prices such as {@code 0.15/0.6}: input, then output.
   *
   * @param key the setting they stand in, for messages
   * @throws SettingsException if one is no price
   */
  static PriceTable parse(String key, Map<String, String> texts) {
    Map<String, Price> prices = new LinkedHashMap<>();
    texts.forEach(
        (model, text) -> {
          Matcher parts = PRICE.matcher(text);
          if (!parts.matches()) {
            throw new SettingsException(
                key
                    + "."
                    + model
                    + " is \""
                    + text
                    + "\": it must be what a million tokens in and out cost, such as 0.15/0.6");
          }
          prices.put(
              model.strip(),
              new Price(new BigDecimal(parts.group(1)), new BigDecimal(parts.group(2))));
        });
    return new PriceTable(prices);
  }

  /**
   * The price of an answer, in millionths of the currency; 0 if the table does not know it.
   *
   * @param served the model as its endpoint names it, looked up first
   * @param asked the model that was asked for
   */
  long costMicros(String served, String asked, long inputTokens, long outputTokens) {
    return find(served)
        .or(() -> find(asked))
        .map(
            price ->
                price
                    .input()
                    .multiply(BigDecimal.valueOf(inputTokens))
                    .add(price.output().multiply(BigDecimal.valueOf(outputTokens)))
                    .setScale(0, RoundingMode.HALF_UP)
                    .min(MOST)
                    .longValue())
        .orElse(0L);
  }

  private Optional<Price> find(String model) {
    Price exact = byName.get(model);
    if (exact != null) {
      return Optional.of(exact);
    }
    return byName.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(ANY))
        .filter(entry -> model.startsWith(entry.getKey().substring(0, entry.getKey().length() - 1)))
        .max(Comparator.comparingInt(entry -> entry.getKey().length()))
        .map(Map.Entry::getValue);
  }
}
