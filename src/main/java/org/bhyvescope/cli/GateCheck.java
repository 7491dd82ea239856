package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Gate;
import org.bhyvescope.os.GateAnswer;
import org.bhyvescope.os.GateRequest;
import org.bhyvescope.os.Owner;

/** Tries the gate, and says what to do about one that does not answer, or that is not safe. */
final class GateCheck {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MOST_LINKS = 40;

    private GateCheck() {}

    /**
     * What was found.
     *
     * @param remedy empty if all is well
     */
    record Found(String detail, String remedy) {
        boolean isGood() {
            return remedy.isEmpty();
        }
    }

    static Found run(Gate gate, Children children) throws InterruptedException {
        if (!Files.isExecutable(gate.by())) {
            return new Found(
                    gate.by() + " is not there, or not executable",
                    "pkg install doas, or --gate.by=/usr/local/bin/sudo if that is installed");
        }
        Optional<Found> unsafe = unsafe(gate.program());
        if (unsafe.isPresent()) {
            return unsafe.get();
        }
        ChildResult result = children.run(
                Command.gate(gate, GateRequest.hello(TIMEOUT)),
                Owner.host(String.valueOf(gate.program().getFileName())),
                Allowance.of(TIMEOUT));
        return judge(gate, GateAnswer.of(result, 0));
    }

    /** Whoever can write it, or put another in its place, is root. Empty if none but root can. */
    private static Optional<Found> unsafe(Path program) {
        if (!Files.exists(program)) {
            return Optional.of(new Found(
                    program + " is not there",
                    "make install puts it there; --gate.path=FILE names another, which the rule must name, too"));
        }
        try {
            for (Path each : onTheWay(program)) {
                Map<String, Object> attributes = Files.readAttributes(each, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
                Optional<String> why = unsafe(number(attributes, "uid"), number(attributes, "mode"));
                if (why.isPresent()) {
                    return Optional.of(new Found(
                            each + " " + why.get() + ": who that is could become root",
                            "chown -h root:wheel " + each + " && chmod go-w " + each
                                    + ", or a gate under a prefix of root's, and a rule that names that one"));
                }
            }
            if (!Files.getPosixFilePermissions(program).containsAll(Set.of(PosixFilePermission.OWNER_EXECUTE))) {
                return Optional.of(new Found(program + " is not executable", "chmod 555 " + program));
            }
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.of(new Found(
                    "whose " + program + " is cannot be told (" + e.getMessage() + ")",
                    "this user must be able to look at it: chmod 755 its directories"));
        }
        return Optional.empty();
    }

    /**
     * Each directory, link and file that decides what a path leads to: doas and sudo go by the path as it is given, links and
     * all. Links in what links lead to are followed, too.
     *
     * @throws IOException if one is not there, or there are too many links
     */
    static List<Path> onTheWay(Path program) throws IOException {
        Path root = Path.of("/");
        Deque<Path> names = new ArrayDeque<>();
        program.toAbsolutePath().forEach(names::add);
        Set<Path> passed = new LinkedHashSet<>(Set.of(root));
        Path here = root;
        int links = 0;
        while (!names.isEmpty()) {
            String name = names.removeFirst().toString();
            if (name.equals("..")) {
                here = here.equals(root) ? root : Objects.requireNonNull(here.getParent());
            } else if (!name.isEmpty() && !name.equals(".")) {
                Path next = here.resolve(name);
                passed.add(next);
                if (!Files.isSymbolicLink(next)) {
                    here = next;
                } else if (++links > MOST_LINKS) {
                    throw new FileSystemLoopException(program.toString());
                } else {
                    Path target = Files.readSymbolicLink(next);
                    here = target.isAbsolute() ? root : here;
                    for (int i = target.getNameCount() - 1; i >= 0; i--) {
                        names.addFirst(target.getName(i));
                    }
                }
            }
        }
        return List.copyOf(passed);
    }

    private static int number(Map<String, Object> attributes, String name) {
        return ((Number) attributes.getOrDefault(name, -1)).intValue();
    }

    private static final int WRITABLE = 022;
    private static final int STICKY = 01000;
    private static final int DIRECTORY = 040000;
    private static final int LINK = 0120000;
    private static final int TYPE = 0170000;

    /** Why a file, directory or link of this owner and mode is not root's alone. Pure. */
    static Optional<String> unsafe(int uid, int mode) {
        if (uid != 0) {
            return Optional.of("is not root's, but belongs to uid " + uid);
        }
        int type = mode & TYPE;
        // What is root's stays in a sticky directory; a link has no rights of its own.
        boolean kept = type == LINK || (type == DIRECTORY && (mode & STICKY) != 0);
        return (mode & WRITABLE) != 0 && !kept ? Optional.of("can be written by others than root") : Optional.empty();
    }

    /** What the answer to {@code hello} says. Pure. */
    static Found judge(Gate gate, ChildResult answer) {
        if (answer instanceof ChildResult.Exited hello && hello.status() == 0) {
            String uid = new String(hello.stdout(), ISO_8859_1).strip();
            return uid.equals("0")
                    ? new Found(gate.program() + " answers, by " + gate.by(), "")
                    : new Found(gate.program() + " runs as uid " + uid + ", not as root", "the rule must say: as root");
        }
        if (answer instanceof ChildResult.TimedOut) {
            return new Found(
                    gate.by() + " did not answer in " + TIMEOUT.toSeconds() + " s",
                    "does it wait for a password, or look for names on a network? " + byHand(gate));
        }
        if (answer instanceof ChildResult.NotStarted not) {
            return new Found(not.reason(), remedy(gate, not.reason().toLowerCase(Locale.ROOT)));
        }
        return new Found(
                answer instanceof ChildResult.Garbled garbled ? garbled.why() : "the gate's answer is none: " + answer,
                "is --gate.path=" + gate.program() + " bhyvescope's own gate, and of this version?");
    }

    private static final String SAMPLE = " as in etc/bhyvescope/doas.conf.sample or sudoers.sample: the whole path "
            + "of the gate, no arguments, no password";

    /** By what doas, sudo and the gate itself say. */
    private static String remedy(Gate gate, String said) {
        if (said.contains("not enabled")) {
            return "write /usr/local/etc/doas.conf," + SAMPLE;
        }
        if (said.contains("required")) {
            return "the rule is missing, or asks for a password: nopass for doas, NOPASSWD for sudo," + SAMPLE;
        }
        if (said.contains("not permitted") || said.contains("not allowed") || said.contains("not in the sudoers")) {
            return "a rule for this user and exactly " + gate.program() + "," + SAMPLE;
        }
        if (said.contains("not found") || said.contains("no such file")) {
            return "--gate.path=FILE must name the gate, and the rule the same file";
        }
        if (said.contains("syntax") || said.contains("parse")) {
            return "correct the rules: doas -C /usr/local/etc/doas.conf, or visudo -c";
        }
        return "try it by hand: " + byHand(gate);
    }

    private static String byHand(Gate gate) {
        return "echo hello 10 | su -m USER -c '" + gate.by() + " -n " + gate.program() + "'";
    }
}
