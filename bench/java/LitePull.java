import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/**
 * LitePull NAMESERVER GROUP TOPIC COUNT: reads so many messages from the earliest on, and prints how many it
 * has as {"records":N} now and then.
 */
public class LitePull {
    public static void main(String[] args) throws Exception {
        long count = Long.parseLong(args[3]);
        AtomicLong records = new AtomicLong();
        Thread progress = new Thread(() -> {
            while (records.get() < count) {
                System.out.println("{\"records\":" + records.get() + "}");
                try {
                    Thread.sleep(10);
                } catch (InterruptedException error) {
                    return;
                }
            }
        });
        progress.setDaemon(true);
        progress.start();
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(args[1]);
        consumer.setNamesrvAddr(args[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPullBatchSize(32);
        consumer.setPullThreadNums(4);
        consumer.subscribe(args[2], "*");
        consumer.start();
        while (records.get() < count) {
            records.addAndGet(consumer.poll(1000).size());
        }
        System.out.println("{\"records\":" + records.get() + "}");
        consumer.shutdown();
        System.exit(0);
    }
}
