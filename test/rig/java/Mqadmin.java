import com.alibaba.fastjson2.JSON;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Runs mqadmin again and again without starting a JVM each time: each line of input is a JSON array of
 * arguments, answered by a line {"stdout","stderr"} with what mqadmin printed.
 */
public class Mqadmin {
    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            ByteArrayOutputStream stdout = new ByteArrayOutputStream();
            ByteArrayOutputStream stderr = new ByteArrayOutputStream();
            System.setOut(new PrintStream(stdout, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(stderr, true, StandardCharsets.UTF_8));
            MQAdminStartup.main0(JSON.parseArray(line, String.class).toArray(new String[0]), null);
            System.out.flush();
            System.err.flush();
            byte[] answer = JSON.toJSONBytes(Map.of(
                "stdout", stdout.toString(StandardCharsets.UTF_8),
                "stderr", stderr.toString(StandardCharsets.UTF_8)));
            answers.write(answer);
            answers.write('\n');
            answers.flush();
        }
        System.exit(0);
    }
}
