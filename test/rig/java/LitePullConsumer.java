import com.alibaba.fastjson2.JSON;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * LitePullConsumer NAMESERVER GROUP TOPIC COUNT EXPRESSION: subscribes, reads COUNT messages from the
 * earliest on, commits, and prints a JSON line for each: {"body","tags","keys","number","queue","offset"}.
 * Then it prints "committed", stays a member of the group until its input ends, and leaves it.
 */
public class LitePullConsumer {
    public static void main(String[] args) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(args[1]);
        consumer.setNamesrvAddr(args[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAutoCommit(false);
        consumer.subscribe(args[2], args[4]);
        consumer.start();
        try {
            int left = Integer.parseInt(args[3]);
            while (left > 0) {
                for (MessageExt message : consumer.poll(1000)) {
                    print(message);
                    left--;
                }
            }
            consumer.commit();
            System.out.println("committed");
            while (System.in.read() >= 0) {
                // Only the end of the input matters.
            }
        } finally {
            consumer.shutdown();
        }
    }

    private static void print(MessageExt message) {
        Map<String, Object> line = new HashMap<>();
        line.put("body", new String(message.getBody(), StandardCharsets.UTF_8));
        line.put("tags", message.getTags());
        line.put("keys", message.getKeys());
        line.put("number", message.getUserProperty("number"));
        line.put("queue", message.getQueueId());
        line.put("offset", message.getQueueOffset());
        System.out.println(JSON.toJSONString(line));
    }
}
