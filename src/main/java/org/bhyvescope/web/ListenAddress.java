package org.bhyvescope.web;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to listen: {@code host:port}, {@code [v6]:port}, or {@code :port} for all addresses.
 *
 * @param host name or address, empty for all
 * @param port 0 to 65535; 0: any free one
 */
public record ListenAddress(String host, int port) {
    private static final Pattern FORM =
            Pattern.compile("(\\[[0-9a-fA-F:.]+(?:%[A-Za-z0-9._-]+)?\\]|[^:\\[\\]\\s]*):(\\d{1,5})");
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+|.*:.*");
    private static final int MAX_PORT = 65535;

    /** The address that a text stands for; empty if it is none. */
    public static Optional<ListenAddress> parse(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(m.group(2));
        String host = m.group(1).replaceAll("[\\[\\]]", "");
        return port > MAX_PORT ? Optional.empty() : Optional.of(new ListenAddress(host, port));
    }

    /** The socket's address; unresolved if the host's name is unknown. */
    public InetSocketAddress resolve() {
        return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    }

    /** Whether the DNS may be needed to resolve it. */
    boolean isName() {
        return !host.isEmpty()
                && !host.equals("localhost")
                && !NUMBERS.matcher(host).matches();
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
