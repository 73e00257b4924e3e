import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.MessageView;

/**
 * GrpcSimpleConsumer ENDPOINTS GROUP TOPIC COUNT TAGS: receives and acknowledges until COUNT messages are
 * acknowledged, and prints each as a JSON line. Each one's first delivery with a number that 10 divides is
 * made visible again instead.
 */
public class GrpcSimpleConsumer {
    public static void main(String[] args) throws Exception {
        ClientServiceProvider provider = ClientServiceProvider.loadService();
        ClientConfiguration configuration =
            ClientConfiguration.newBuilder().setEndpoints(args[0]).enableSsl(false)
                .setRequestTimeout(Duration.ofSeconds(30)).build();
        try (SimpleConsumer consumer = provider.newSimpleConsumerBuilder()
            .setClientConfiguration(configuration)
            .setConsumerGroup(args[1])
            .setAwaitDuration(Duration.ofSeconds(5))
            .setSubscriptionExpressions(Collections.singletonMap(args[2], new FilterExpression(args[4])))
            .build()) {
            for (int left = Integer.parseInt(args[3]); left > 0; ) {
                for (MessageView message : consumer.receive(16, Duration.ofSeconds(30))) {
                    int number = Integer.parseInt(message.getProperties().get("number"));
                    if (number % 10 == 0 && message.getDeliveryAttempt() == 1) {
                        consumer.changeInvisibleDuration(message, Duration.ofSeconds(1));
                        continue;
                    }
                    consumer.ack(message);
                    left--;
                    System.out.println(line(message));
                }
            }
        }
        System.exit(0);
    }

    static String line(MessageView message) {
        return "{\"body\":\"" + StandardCharsets.UTF_8.decode(message.getBody())
            + "\",\"tag\":\"" + message.getTag().orElse("")
            + "\",\"keys\":\"" + String.join(" ", message.getKeys())
            + "\",\"id\":\"" + message.getMessageId()
            + "\",\"attempt\":" + message.getDeliveryAttempt()
            + "}";
    }
}
