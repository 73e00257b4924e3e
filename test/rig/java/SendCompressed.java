import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** Sends one compressed message with each compression to queue 0: NAMESERVER TOPIC BROKER. */
public class SendCompressed {
    public static void main(String[] args) throws Exception {
        byte[] body = "compressed by Java, ".repeat(40).getBytes(StandardCharsets.UTF_8);
        for (CompressionType type : new CompressionType[] {CompressionType.ZLIB, CompressionType.LZ4, CompressionType.ZSTD}) {
            DefaultMQProducer producer = new DefaultMQProducer("capture-" + type);
            producer.setNamesrvAddr(args[0]);
            producer.setInstanceName(type.name());
            producer.setCompressMsgBodyOverHowmuch(100);
            producer.setCompressType(type);
            producer.setSendMsgTimeout(60_000);
            producer.start();
            Message message = new Message(args[1], "tag", type.name(), body);
            message.putUserProperty("compression", type.name());
            producer.send(message, new MessageQueue(args[1], args[2], 0));
            producer.shutdown();
        }
    }
}
