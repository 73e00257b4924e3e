import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.message.MessageBuilder;
import org.apache.rocketmq.client.apis.producer.Producer;

/**
 * GrpcProducer ENDPOINTS TOPIC COUNT KIND: sends COUNT messages, "KIND 0" and so on, and prints each id as a
 * JSON line. KIND: normal, fifo (two message groups) or delay (two seconds).
 */
public class GrpcProducer {
    public static void main(String[] args) throws Exception {
        ClientServiceProvider provider = ClientServiceProvider.loadService();
        ClientConfiguration configuration =
            ClientConfiguration.newBuilder().setEndpoints(args[0]).enableSsl(false)
                .setRequestTimeout(Duration.ofSeconds(30)).build();
        String kind = args[3];
        try (Producer producer =
            provider.newProducerBuilder().setClientConfiguration(configuration).setTopics(args[1]).build()) {
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                MessageBuilder message = provider.newMessageBuilder()
                    .setTopic(args[1])
                    .setTag(i % 2 == 0 ? "even" : "odd")
                    .setKeys("k" + i, "all")
                    .addProperty("number", Integer.toString(i))
                    .setBody((kind + " " + i + " äöü 漢字").getBytes(StandardCharsets.UTF_8));
                if (kind.equals("fifo")) {
                    message.setMessageGroup("group" + i % 2);
                }
                if (kind.equals("delay")) {
                    message.setDeliveryTimestamp(System.currentTimeMillis() + Duration.ofSeconds(2).toMillis());
                }
                System.out.println("{\"id\":\"" + producer.send(message.build()).getMessageId() + "\"}");
            }
        }
        System.exit(0);
    }
}
