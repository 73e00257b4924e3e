import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** BatchSend NAMESERVER TOPIC COUNT BYTES BATCH: sends batches, one thread and one in flight a queue. */
public class BatchSend {
    public static void main(String[] args) throws Exception {
        String topic = args[1];
        AtomicInteger left = new AtomicInteger(Integer.parseInt(args[2]));
        byte[] body = new byte[Integer.parseInt(args[3])];
        Arrays.fill(body, (byte) 'x');
        int most = Integer.parseInt(args[4]);
        DefaultMQProducer producer = new DefaultMQProducer("bench-java-send");
        producer.setNamesrvAddr(args[0]);
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        producer.start();
        List<Thread> threads = new ArrayList<>();
        for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) {
            Thread thread = new Thread(() -> send(producer, queue, topic, body, left, most));
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        producer.shutdown();
        System.exit(0);
    }

    private static void send(
        DefaultMQProducer producer, MessageQueue queue, String topic, byte[] body, AtomicInteger left, int most) {
        try {
            for (;;) {
                int before = left.getAndAdd(-most);
                if (before <= 0) {
                    return;
                }
                List<Message> batch = new ArrayList<>(most);
                for (int i = 0; i < Math.min(most, before); i++) {
                    batch.add(new Message(topic, body));
                }
                producer.send(batch, queue);
            }
        } catch (Exception error) {
            error.printStackTrace();
            System.exit(1);
        }
    }
}
