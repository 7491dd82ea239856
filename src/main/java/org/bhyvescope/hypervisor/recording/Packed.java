package org.bhyvescope.hypervisor.recording;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Deflates chunks: bits of changed columns repeat from vCPU to vCPU and from second to second. Higher levels save nothing more. */
final class Packed {
    private Packed() {}

    static byte[] deflate(byte[] bytes, int length) {
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        try {
            deflater.setInput(bytes, 0, length);
            deflater.finish();
            // What cannot be made smaller grows by 5 bytes in 16 KiB.
            byte[] packed = new byte[length + length / 1024 + 64];
            int size = deflater.deflate(packed);
            if (!deflater.finished()) {
                throw new IllegalStateException("deflated to more than " + packed.length + " bytes");
            }
            return Arrays.copyOf(packed, size);
        } finally {
            deflater.end();
        }
    }

    static byte[] inflate(byte[] packed, int length) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            byte[] bytes = new byte[length];
            if (inflater.inflate(bytes) != length) {
                throw new IllegalStateException("a chunk of the history is shorter than it was");
            }
            return bytes;
        } catch (DataFormatException e) {
            throw new IllegalStateException("a chunk of the history is not what it was", e);
        } finally {
            inflater.end();
        }
    }
}
