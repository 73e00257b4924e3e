import com.alibaba.fastjson2.JSON;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/**
 * Producer NAMESERVER TOPIC SINGLES BATCH: sends SINGLES messages one by one, then BATCH messages in one
 * request, and prints a JSON line for each answer: {"status","queue","offset","id",
 * "storedId"}, the ids of a batch separated by commas.
 */
public class Producer {
    public static void main(String[] args) throws Exception {
        String topic = args[1];
        DefaultMQProducer producer = new DefaultMQProducer("java-producer");
        producer.setNamesrvAddr(args[0]);
        producer.setSendMsgTimeout(60_000);
        producer.start();
        try {
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                print(producer.send(message(topic, "single", i)));
            }
            List<Message> batch = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(args[3]); i++) {
                batch.add(message(topic, "batch", i));
            }
            if (!batch.isEmpty()) {
                print(producer.send(batch));
            }
        } finally {
            producer.shutdown();
        }
    }

    private static Message message(String topic, String kind, int i) {
        byte[] body = (kind + " " + i + " äöü 漢字").getBytes(StandardCharsets.UTF_8);
        Message message = new Message(topic, i % 2 == 0 ? "even" : "odd", kind + "-" + i, body);
        message.putUserProperty("number", Integer.toString(i));
        return message;
    }

    private static void print(SendResult sent) {
        System.out.println(JSON.toJSONString(Map.of(
            "status", sent.getSendStatus().name(),
            "queue", sent.getMessageQueue().getQueueId(),
            "offset", sent.getQueueOffset(),
            "id", sent.getMsgId(),
            "storedId", sent.getOffsetMsgId())));
    }
}
