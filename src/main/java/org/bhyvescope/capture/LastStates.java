package org.bhyvescope.capture;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;

/**
 * The newest state of each vCPU, from the schedule: when a VM has died it is too late to read them. Kept deflated, of VMs that
 * are gone, too, until others take the room. Thread-safe.
 */
public final class LastStates {
    /** Deflated they are about 2 KiB each. */
    static final int MAX_BYTES = 4 << 20;

    private final Map<VmId, TreeMap<Integer, Packed>> states = new LinkedHashMap<>(16, 0.75f, true);
    private int bytes;

    private record Packed(byte[] deflated, int length, long wallMillis) {}

    /**
     * A state.
     *
     * @param wallMillis when it was read, ms since 1970
     */
    record Kept(int vcpu, String text, long wallMillis) {}

    /** Takes a state. */
    public synchronized void keep(VcpuState state) {
        byte[] text = state.text().getBytes(ISO_8859_1);
        Packed packed = new Packed(deflate(text), text.length, state.wallMillis());
        Packed old = states.computeIfAbsent(state.vm(), vm -> new TreeMap<>()).put(state.vcpu(), packed);
        bytes += packed.deflated.length - (old == null ? 0 : old.deflated.length);
        Iterator<TreeMap<Integer, Packed>> oldest = states.values().iterator();
        while (bytes > MAX_BYTES && states.size() > 1) {
            for (Packed each : oldest.next().values()) {
                bytes -= each.deflated.length;
            }
            oldest.remove();
        }
    }

    /** Those of one VM, by vCPU. */
    synchronized List<Kept> of(VmId vm) {
        List<Kept> all = new ArrayList<>();
        states.getOrDefault(vm, new TreeMap<>())
                .forEach((vcpu, packed) -> all.add(new Kept(vcpu, inflate(packed), packed.wallMillis())));
        return all;
    }

    private static byte[] deflate(byte[] text) {
        ByteArrayOutputStream to = new ByteArrayOutputStream(text.length / 4);
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(to)) {
            deflater.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return to.toByteArray();
    }

    private static String inflate(Packed packed) {
        Inflater inflater = new Inflater();
        try {
            byte[] text = new byte[packed.length()];
            inflater.setInput(packed.deflated());
            int n = inflater.inflate(text);
            return new String(text, 0, n, ISO_8859_1);
        } catch (DataFormatException e) {
            throw new IllegalStateException(e);
        } finally {
            inflater.end();
        }
    }
}
