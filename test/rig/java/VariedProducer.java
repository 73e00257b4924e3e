import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/**
 * VariedProducer NAMESERVER TOPIC COUNT: sends COUNT messages to each queue of the topic, in an order of its own: batches
 * of binary bodies, nearly all of 100 to 500 bytes and some of up to 64 KiB, and between them single messages of
 * text that is compressed. Each has keys, a tag and 20 properties.
 */
public class VariedProducer {
    private static final int BATCH = 200;
    private static final int SINGLES = 5;
    private static final int MOST_BYTES = 64 * 1024;
    private static final byte[] TEXT = "compressed by Java, ".repeat(MOST_BYTES / 20 + 1).getBytes(StandardCharsets.UTF_8);

    public static void main(String[] args) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("varied-producer");
        producer.setNamesrvAddr(args[0]);
        producer.setSendMsgTimeout(60_000);
        producer.setRetryTimesWhenSendFailed(0);
        producer.start();
        List<MessageQueue> queues = producer.fetchPublishMessageQueues(args[1]);
        ExecutorService threads = Executors.newFixedThreadPool(queues.size());
        try {
            List<Callable<Void>> fills = new ArrayList<>();
            for (MessageQueue queue : queues) {
                fills.add(() -> fill(producer, queue, Integer.parseInt(args[2])));
            }
            for (Future<Void> filled : threads.invokeAll(fills)) {
                filled.get();
            }
        } finally {
            threads.shutdown();
            producer.shutdown();
        }
    }

    private static Void fill(DefaultMQProducer producer, MessageQueue queue, int count) throws Exception {
        Random random = new Random(queue.getQueueId());
        for (int sent = 0; sent < count;) {
            for (int i = 0; i < SINGLES && sent < count; i++) {
                byte[] body = Arrays.copyOf(TEXT, 5_000 + random.nextInt(MOST_BYTES - 5_000));
                Message message = message(queue, sent++, body);
                patiently(() -> producer.send(message, queue));
            }
            List<Message> batch = new ArrayList<>();
            while (batch.size() < BATCH && sent < count) {
                byte[] body = new byte[sizeOf(random)];
                random.nextBytes(body);
                batch.add(message(queue, sent++, body));
            }
            if (!batch.isEmpty()) {
                patiently(() -> producer.send(batch, queue));
            }
        }
        return null;
    }

    /** A broker that is busy has stored nothing. */
    private static void patiently(Callable<SendResult> send) throws Exception {
        for (;;) {
            try {
                send.call();
                return;
            } catch (MQBrokerException e) {
                if (e.getResponseCode() != ResponseCode.SYSTEM_BUSY) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    private static int sizeOf(Random random) {
        return random.nextInt(200) == 0 ? 500 + random.nextInt(MOST_BYTES - 499) : 100 + random.nextInt(400);
    }

    private static Message message(MessageQueue queue, int number, byte[] body) {
        Message message = new Message(queue.getTopic(), "tag-" + number % 7, queue.getQueueId() + "-" + number, body);
        for (int i = 0; i < 20; i++) {
            message.putUserProperty("property-" + i, number + " ä 漢 " + i);
        }
        return message;
    }
}
