// A server for the load of check.lua: chooses its port, says "ready PORT", answers /sum/N. SIGTERM ends
// it as every JVM, with status 143.
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.Adler32;

public class Server {
	static byte[] sum(int number) {
		String texts = IntStream.range(0, 40 * number).mapToObj(i -> "item-" + i * 7)
			.collect(Collectors.joining());
		Adler32 checksum = new Adler32();
		checksum.update(texts.getBytes(StandardCharsets.US_ASCII));
		return (number + " " + checksum.getValue() + "\n" + "x".repeat(1024 * number))
			.getBytes(StandardCharsets.US_ASCII);
	}

	static void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			byte[] body = sum(Integer.parseInt(exchange.getRequestURI().getPath().substring(5)));
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
		} catch (IOException exception) {
			System.err.println(exception);
		} catch (RuntimeException exception) {
			exception.printStackTrace();
			throw exception;
		}
	}

	public static void main(String[] arguments) throws IOException {
		InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
		HttpServer server = HttpServer.create(address, 64);
		server.createContext("/sum/", Server::answer);
		server.setExecutor(Executors.newFixedThreadPool(4));
		server.start();
		System.out.println("ready " + server.getAddress().getPort());
	}
}
