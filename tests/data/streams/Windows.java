import java.time.Duration;
import java.util.Properties;
import java.util.Scanner;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.WindowStore;

/**
 * What Kafka Streams counts: `java Windows SIZE_MS ADVANCE_MS GRACE_MS`, lines of key and time on standard input.
 * Needs kafka-streams-test-utils 4.3.1 on the class path. Prints what is in the store at the end, without a cache
 * in front of it, and how many pairs of a record and a window were dropped as late.
 */
public class Windows {
  public static void main(String[] args) {
    Duration size = Duration.ofMillis(Long.parseLong(args[0]));
    Duration advance = Duration.ofMillis(Long.parseLong(args[1]));
    Duration grace = Duration.ofMillis(Long.parseLong(args[2]));
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream("in", Consumed.with(Serdes.String(), Serdes.String()))
        .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
        .windowedBy(TimeWindows.ofSizeAndGrace(size, grace).advanceBy(advance))
        .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("counts").withCachingDisabled());
    Properties settings = new Properties();
    settings.put("application.id", "windows");
    settings.put("bootstrap.servers", "unused:9092");
    try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), settings)) {
      var input = driver.createInputTopic("in", new StringSerializer(), new StringSerializer());
      Scanner lines = new Scanner(System.in);
      while (lines.hasNext()) input.pipeInput(lines.next(), "", lines.nextLong());
      WindowStore<String, Long> store = driver.getWindowStore("counts");
      try (var rows = store.all()) {
        rows.forEachRemaining(row ->
            System.out.println(row.key.window().start() + " " + row.key.key() + " " + row.value));
      }
      driver.metrics().forEach((name, metric) -> {
        if (name.name().equals("dropped-records-total")) System.out.println("dropped " + metric.metricValue());
      });
    }
  }
}
