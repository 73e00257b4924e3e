import com.alibaba.fastjson2.JSON;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * QueueDigests NAMESERVER TOPIC COUNT: reads COUNT messages from the start of the topic's queues, and prints a JSON line
 * {"queue","count","digest"} for each queue: of what a consumer gets of its messages (id, keys, tag, user properties, body),
 * in their order.
 */
public class QueueDigests {
    public static void main(String[] args) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer("queue-digests");
        consumer.setNamesrvAddr(args[0]);
        consumer.setAutoCommit(false);
        consumer.start();
        Map<Integer, MessageDigest> digests = new TreeMap<>();
        Map<Integer, Integer> counts = new TreeMap<>();
        try {
            Collection<MessageQueue> queues = consumer.fetchMessageQueues(args[1]);
            consumer.assign(queues);
            for (MessageQueue queue : queues) {
                consumer.seekToBegin(queue);
                digests.put(queue.getQueueId(), MessageDigest.getInstance("SHA-256"));
            }
            for (int left = Integer.parseInt(args[2]); left > 0;) {
                for (MessageExt message : consumer.poll(1000)) {
                    add(digests.get(message.getQueueId()), message);
                    counts.merge(message.getQueueId(), 1, Integer::sum);
                    left--;
                }
            }
        } finally {
            consumer.shutdown();
        }
        digests.forEach((queue, digest) -> System.out.println(JSON.toJSONString(Map.of(
            "queue", queue,
            "count", counts.getOrDefault(queue, 0),
            "digest", HexFormat.of().formatHex(digest.digest())))));
    }

    private static void add(MessageDigest digest, MessageExt message) {
        StringBuilder text = new StringBuilder();
        text.append(message.getMsgId()).append('\n').append(message.getKeys()).append('\n').append(message.getTags());
        for (int i = 0; i < 20; i++) {
            text.append('\n').append(message.getUserProperty("property-" + i));
        }
        digest.update(text.append('\n').toString().getBytes(StandardCharsets.UTF_8));
        digest.update(message.getBody());
    }
}
