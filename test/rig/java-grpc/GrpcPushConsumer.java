import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.PushConsumer;

/**
 * GrpcPushConsumer ENDPOINTS GROUP TOPIC COUNT: consumes until COUNT messages were, and prints each as a JSON
 * line. Each one's first delivery with a number that 10 divides fails.
 */
public class GrpcPushConsumer {
    public static void main(String[] args) throws Exception {
        ClientServiceProvider provider = ClientServiceProvider.loadService();
        ClientConfiguration configuration =
            ClientConfiguration.newBuilder().setEndpoints(args[0]).enableSsl(false)
                .setRequestTimeout(Duration.ofSeconds(30)).build();
        CountDownLatch left = new CountDownLatch(Integer.parseInt(args[3]));
        PushConsumer consumer = provider.newPushConsumerBuilder()
            .setClientConfiguration(configuration)
            .setConsumerGroup(args[1])
            .setSubscriptionExpressions(Collections.singletonMap(args[2], FilterExpression.SUB_ALL))
            .setMessageListener(message -> {
                int number = Integer.parseInt(message.getProperties().get("number"));
                if (number % 10 == 0 && message.getDeliveryAttempt() == 1) {
                    return ConsumeResult.FAILURE;
                }
                synchronized (left) {
                    System.out.println(GrpcSimpleConsumer.line(message));
                }
                left.countDown();
                return ConsumeResult.SUCCESS;
            })
            .build();
        boolean all = left.await(60, TimeUnit.SECONDS);
        // The acknowledgement of the last one is on its way; closing would wait for a long poll to end.
        Thread.sleep(1000);
        System.exit(all ? 0 : 1);
    }
}
