package org.bhyvescope.host;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The VM that a bhyve process runs. Before its CPUs run it has its argument vector, then a title in place of it:
 * {@code bhyve: NAME} (usr.sbin/bhyve/bhyverun.c, setproctitle(3)).
 *
 * @param vm its name
 * @param arguments the vector; empty once the title is there
 */
record BhyveTitle(String vm, List<String> arguments) {
    /** The executable's name, which no title changes. */
    static final String COMMAND = "bhyve";

    private static final Pattern TITLE = Pattern.compile("bhyve: (.+)", Pattern.DOTALL);

    /** ps(1) adds the executable's name where the vector begins with something else. */
    private static final String PS_SUFFIX = " (" + COMMAND + ")";

    /** What ps(1) prints where there is no vector: of a zombie, or one that it may not see. */
    private static final Pattern NO_VECTOR = Pattern.compile("\\(.*\\)|\\[.*]|.*<defunct>");

    BhyveTitle {
        arguments = List.copyOf(arguments);
    }

    /**
     * From the vector that the kernel gives.
     *
     * @param files the text of a file that -k names
     * @return empty if it does not tell
     */
    static Optional<BhyveTitle> ofVector(List<String> vector, Function<String, Optional<String>> files) {
        if (vector.size() == 1) {
            Matcher title = TITLE.matcher(vector.get(0));
            if (title.matches()) {
                return Optional.of(new BhyveTitle(title.group(1), List.of()));
            }
        }
        return BhyveArguments.parse(vector, files).vmName().map(name -> new BhyveTitle(name, vector));
    }

    /**
     * From what ps(1) prints as {@code args}.
     *
     * @return empty if it does not tell
     */
    static Optional<BhyveTitle> ofText(String text, Function<String, Optional<String>> files) {
        if (NO_VECTOR.matcher(text).matches()) {
            return Optional.empty();
        }
        String args = text.endsWith(PS_SUFFIX) ? text.substring(0, text.length() - PS_SUFFIX.length()) : text;
        Matcher title = TITLE.matcher(args);
        return title.matches()
                ? Optional.of(new BhyveTitle(title.group(1), List.of()))
                : ofVector(BhyveArguments.split(args), files);
    }
}
