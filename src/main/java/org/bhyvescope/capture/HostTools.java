package org.bhyvescope.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Gate;
import org.bhyvescope.os.GateAnswer;
import org.bhyvescope.os.GateRequest;
import org.bhyvescope.os.Owner;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;

/** What the host's own tools say, for evidence. Each that fails is missing alone, and says why. */
final class HostTools {
    static final String MESSAGES = "dmesg.txt";

    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    /** Of the kernel's messages the last ones count. */
    private static final int MAX_MESSAGES_CHARS = 64 << 10;

    private final Tools tools;
    private final Optional<Gate> gate;
    private final Children children;

    /** @param gate runs those that need root, where this process is not */
    HostTools(Tools tools, Optional<Gate> gate, Children children) {
        this.tools = tools;
        this.gate = gate;
        this.children = children;
    }

    /**
     * What one said.
     *
     * @param file the file that it goes to
     * @param text empty if there is none
     * @param why why it is missing, or not whole; empty otherwise
     */
    record Said(String file, Optional<String> text, String why) {}

    /** Where the threads of bhyve are in the kernel, and what they wait on: locks no vCPU. */
    List<Said> ofProcess(int pid) throws InterruptedException {
        return List.of(
                run("procstat-t.txt", Tool.PROCSTAT, Command.threads(tools.path(Tool.PROCSTAT), pid), text -> text),
                asRoot(
                        "procstat-kk.txt",
                        Tool.PROCSTAT,
                        Command.kernelStacks(tools.path(Tool.PROCSTAT), pid),
                        GateRequest.kernelStacks(pid, TIMEOUT)));
    }

    /** What the kernel and the devices say. */
    List<Said> ofHost(List<PptDevice> devices) throws InterruptedException {
        List<Said> all = new ArrayList<>();
        all.add(run(MESSAGES, Tool.DMESG, Command.messages(tools.path(Tool.DMESG)), HostTools::end));
        all.add(run("vmstat-i.txt", Tool.VMSTAT, Command.allInterrupts(tools.path(Tool.VMSTAT)), text -> text));
        all.add(run("sysctl-vmm.txt", Tool.SYSCTL, Command.vmmSysctls(tools.path(Tool.SYSCTL)), text -> text));
        for (PptDevice device : devices) {
            all.add(asRoot(
                    "pciconf-" + device.name().replaceAll("[^a-z0-9]", "_") + ".txt",
                    Tool.PCICONF,
                    Command.pciDevice(tools.path(Tool.PCICONF), device.selector()),
                    GateRequest.pciDevice(device.selector(), TIMEOUT)));
        }
        return all;
    }

    private static String end(String messages) {
        if (messages.length() <= MAX_MESSAGES_CHARS) {
            return messages;
        }
        String end = messages.substring(messages.length() - MAX_MESSAGES_CHARS);
        return end.substring(end.indexOf('\n') + 1);
    }

    private Said run(String file, Tool tool, Command command, UnaryOperator<String> part) throws InterruptedException {
        return said(file, command, result(command, tool), part);
    }

    /** By the gate, where there is one: what only root may do. */
    private Said asRoot(String file, Tool tool, Command command, GateRequest request) throws InterruptedException {
        if (gate.isEmpty()) {
            return run(file, tool, command, text -> text);
        }
        ChildResult answer = result(Command.gate(gate.get(), request), tool);
        children.alsoStarted(request.programs());
        return said(file, command, GateAnswer.of(answer, 0), text -> text);
    }

    private ChildResult result(Command command, Tool tool) throws InterruptedException {
        Thread.sleep(FlightRecorder.PAUSE_MILLIS);
        return children.run(command, Owner.host(tool.name().toLowerCase(Locale.ROOT)), Allowance.of(TIMEOUT));
    }

    private static Said said(String file, Command command, ChildResult result, UnaryOperator<String> part) {
        if (!(result instanceof ChildResult.Exited run)) {
            return new Said(file, Optional.empty(), unfinished(command, result));
        }
        String why = run.status() == 0
                ? ""
                : command.argv().get(0) + " ended with status " + run.status() + ": "
                        + Children.firstLine(run.stderr());
        return run.stdout().length == 0 && !why.isEmpty()
                ? new Said(file, Optional.empty(), why)
                : new Said(file, Optional.of(part.apply(new String(run.stdout(), UTF_8))), why);
    }

    private static String unfinished(Command command, ChildResult result) {
        String program = command.argv().get(0);
        if (result instanceof ChildResult.NotStarted not) {
            return program + " could not be started: " + not.reason();
        }
        if (result instanceof ChildResult.Garbled garbled) {
            return program + ": " + garbled.why();
        }
        return result instanceof ChildResult.TimedOut
                ? program + " did not end within " + TIMEOUT.toSeconds() + " s"
                : program + " printed more than any such program should";
    }
}
