package org.bhyvescope.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the gate says: of each program that it ran, what it printed, bytes as they are, and its status
 * (agent/libexec/bhyvescope-gate describes the text). Pure.
 *
 * @param calls in the order in which they were made
 */
public record GateAnswer(List<Call> calls) {
    private static final String OURS = "bhyvescope-gate: ";
    private static final String BEGIN = OURS + "1\n";
    private static final String CALL = OURS + "call ";
    private static final String EXIT = "\n" + OURS + "exit ";
    private static final String END = OURS + "end\n";

    /** timeout(1) killed it: FreeBSD's says 124, that of GNU 128 + 9. */
    private static final Set<Integer> KILLED = Set.of(124, 137);

    /**
     * One program.
     *
     * @param id the vCPU that it was asked about
     */
    public record Call(int id, int status, byte[] stdout) {}

    /** Reads a whole answer; empty if it is not one. */
    static Optional<GateAnswer> parse(byte[] bytes) {
        String text = new String(bytes, ISO_8859_1);
        if (!text.startsWith(BEGIN)) {
            return Optional.empty();
        }
        List<Call> calls = new ArrayList<>();
        int at = BEGIN.length();
        while (text.startsWith(CALL, at)) {
            int content = text.indexOf('\n', at) + 1;
            int exit = text.indexOf(EXIT, content - 1);
            int next = exit < 0 ? 0 : text.indexOf('\n', exit + 1) + 1;
            if (content == 0 || next == 0 || exit < content) {
                return Optional.empty();
            }
            int id = number(text.substring(at + CALL.length(), content - 1));
            int status = number(text.substring(exit + EXIT.length(), next - 1));
            if (id < 0 || status < 0) {
                return Optional.empty();
            }
            calls.add(new Call(id, status, text.substring(content, exit).getBytes(ISO_8859_1)));
            at = next;
        }
        return text.substring(at).equals(END) ? Optional.of(new GateAnswer(List.copyOf(calls))) : Optional.empty();
    }

    /** Not negative, of at most four digits; -1 if it is none. */
    private static int number(String text) {
        return text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : -1;
    }

    /**
     * The run of one of its programs, as if this program had run it itself.
     *
     * @param run of the gate
     * @param id of the call
     */
    public static ChildResult of(ChildResult run, int id) {
        if (!(run instanceof ChildResult.Exited gate)) {
            return run;
        }
        Optional<GateAnswer> answer = parse(gate.stdout());
        return answer.isEmpty() ? notOne(gate) : answer.get().result(gate, id);
    }

    /** How many programs it tells of. */
    public static int programs(ChildResult run) {
        return run instanceof ChildResult.Exited gate
                ? parse(gate.stdout()).map(answer -> answer.calls().size()).orElse(0)
                : 0;
    }

    private ChildResult result(ChildResult.Exited gate, int id) {
        for (Call call : calls) {
            if (call.id() == id) {
                return KILLED.contains(call.status())
                        ? new ChildResult.TimedOut(false)
                        : new ChildResult.Exited(call.status(), call.stdout(), gate.stderr(), gate.middleNanos());
            }
        }
        return new ChildResult.Garbled("the gate's answer holds nothing of vCPU " + id);
    }

    /** Doas or sudo did not let us in, or it refused: then it printed nothing. */
    private static ChildResult notOne(ChildResult.Exited gate) {
        if (gate.stdout().length > 0) {
            return new ChildResult.Garbled(
                    "the gate's answer is not whole, or none; it begins: " + Children.firstLine(gate.stdout()));
        }
        String said = Children.firstLine(gate.stderr());
        return new ChildResult.NotStarted(
                "the gate did not answer (status " + gate.status() + ")" + (said.isEmpty() ? "" : ": " + said));
    }
}
