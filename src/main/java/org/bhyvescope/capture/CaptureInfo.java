package org.bhyvescope.capture;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What, when and why: {@code capture.json}. Its components are the JSON's names; docs/CAPTURES.md describes them. Components
 * may come, {@link #version} grows when one changes its meaning or goes.
 *
 * @param id the folder's name
 * @param vm the VM's name
 * @param triggers what fired, in order; the first opened the capture
 * @param routine whether it makes room first
 * @param written when it was written
 * @param agent bhyvescope's version
 * @param host the machine
 * @param process the bhyve process, as it was seen last; null if none was seen
 * @param end how it ended; null if it has not, as far as is known
 * @param state the VM's state at that time
 * @param states of each vCPU: where its state is, or why there is none
 * @param samples the recording; null if there is none
 * @param files all files, and what is missing of them and why
 * @param hostAddresses whether addresses of the host were kept
 * @param firstFinding what report.txt finds first; empty if it finds nothing
 */
record CaptureInfo(
        String format,
        int version,
        String id,
        String vm,
        List<What> triggers,
        boolean routine,
        String written,
        String agent,
        Host host,
        @Nullable Bhyve process,
        @Nullable End end,
        String state,
        List<State> states,
        @Nullable Samples samples,
        List<Part> files,
        boolean hostAddresses,
        String firstFinding) {
    static final String FORMAT = "bhyvescope capture";
    static final int VERSION = 1;
    static final String FILE = "capture.json";

    private static final Gson GSON = new GsonBuilder()
            .serializeNulls()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .create();

    /** A trigger that fired. */
    record What(String trigger, String at, String text) {}

    /** The machine: empty where it is not known; ioPageFaults: of devices, as far as dmesg.txt tells of them. */
    record Host(
            String release,
            String model,
            String source,
            String iommu,
            @Nullable Long ioPageFaults,
            List<Device> ppt) {}

    /** A passthrough device, and the VM that has it. */
    record Device(
            String device,
            String pci,
            String vendor,
            String product,
            String vm,
            @Nullable Double interruptsPerSecond) {}

    /**
     * The bhyve process.
     *
     * @param arguments its command line; empty if its title had replaced it when it was seen first
     * @param threads of vCPUs: what each waits on
     */
    record Bhyve(
            int pid,
            String started,
            List<String> arguments,
            @Nullable Double cpuUserSeconds,
            @Nullable Double cpuSystemSeconds,
            List<VcpuThread> threads) {}

    /** A vCPU's thread. */
    record VcpuThread(int vcpu, String waits, @Nullable Double cpuSeconds) {}

    /** How it ended; waitStatus is null if nobody saw it. */
    record End(String how, String text, @Nullable Integer waitStatus, String at) {}

    /**
     * The state of one vCPU.
     *
     * @param file empty: there is none
     * @param readAt when it was read; empty: it was not
     * @param from {@code now}, or {@code schedule}: read before, in the ordinary course
     * @param why why it was not read now; empty if it was
     */
    record State(int vcpu, String file, String readAt, String from, String why) {}

    /** The recording: from when to when, how many samples. */
    record Samples(String file, String from, String to, long count) {}

    /** A file; why is not empty where it is missing, or not whole. */
    record Part(String name, long bytes, String why) {}

    String json() {
        return GSON.toJson(this) + "\n";
    }

    /** Reads it back. Null: that is none, or one of a version to come. */
    static @Nullable CaptureInfo parse(String json) {
        try {
            CaptureInfo info = GSON.fromJson(json, CaptureInfo.class);
            return info != null && FORMAT.equals(info.format) && info.version == VERSION && info.isWhole()
                    ? info
                    : null;
        } catch (JsonParseException e) {
            return null;
        }
    }

    /** The version of one that a newer bhyvescope wrote; 0 if it is none. */
    static int newerVersion(String json) {
        try {
            Version it = GSON.fromJson(json, Version.class);
            return it != null && FORMAT.equals(it.format) && it.version > VERSION ? it.version : 0;
        } catch (JsonParseException e) {
            return 0;
        }
    }

    /** What every version has. */
    private record Version(@Nullable String format, int version) {}

    /** Gson leaves null what is not there. */
    @SuppressWarnings("ConstantValue")
    private boolean isWhole() {
        return id != null
                && vm != null
                && triggers != null
                && !triggers.isEmpty()
                && written != null
                && states != null
                && files != null
                && firstFinding != null;
    }
}
