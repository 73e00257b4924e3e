import com.alibaba.fastjson2.JSON;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * PushConsumer NAMESERVER GROUP TOPIC ID REFUSED: a member of the group with the client id ID until its input
 * ends. Prints a JSON line {"body","queue","offset"} for each message it takes; the one whose body is REFUSED
 * it sends back, to be delivered again in a second, and prints {"sentBack"}.
 */
public class PushConsumer {
    public static void main(String[] args) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args[1]);
        consumer.setNamesrvAddr(args[0]);
        consumer.setClientIP(args[3]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(args[2], "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                String body = new String(message.getBody(), StandardCharsets.UTF_8);
                Map<String, Object> line = new HashMap<>();
                if (body.equals(args[4])) {
                    line.put("sentBack", body);
                    print(line);
                    context.setDelayLevelWhenNextConsume(1);
                    return ConsumeConcurrentlyStatus.RECONSUME_LATER;
                }
                line.put("body", body);
                line.put("queue", message.getQueueId());
                line.put("offset", message.getQueueOffset());
                print(line);
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        System.out.println("started");
        while (System.in.read() >= 0) {
            // Only the end of the input matters.
        }
        consumer.shutdown();
    }

    private static synchronized void print(Map<String, Object> line) {
        System.out.println(JSON.toJSONString(line));
    }
}
