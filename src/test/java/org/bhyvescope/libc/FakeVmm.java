package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The look-alike of the vmm kernel module, {@code src/test/c/fakevmm.h}, as the C library of this JVM. There is one for all
 * tests of a JVM, and it stays: a test that uses it begins with {@link #fresh}.
 */
public final class FakeVmm {
    private static final int LINE_BYTES = 256;
    private static final String[] SOURCES = {
        "fakevmm.c", "fakevmm-host.c", "fakevmm-intr.c", "fakevmm-proc.c", "fakevmm-stats.c"
    };
    private static final FakeVmm INSTANCE = new FakeVmm();

    private final Path library = Gcc.library("libfakevmm.so", SOURCES);
    private final Function tell;
    private final Function count;
    private final Function line;

    private FakeVmm() {
        System.setProperty("bhyvescope.libc", library.toString());
        NativeLibrary loaded = NativeLibrary.getInstance(library.toString());
        tell = loaded.getFunction("fakevmm_do");
        count = loaded.getFunction("fakevmm_count");
        line = loaded.getFunction("fakevmm_line");
        long before = countOf("calls");
        if (Sysctls.number(Sysctls.Name.HZ).isEmpty() || countOf("calls") != before + 1) {
            throw new IllegalStateException("the C library was bound before the look-alike was there");
        }
    }

    /** As at the start, with the log on and nothing counted; then what is told. */
    public static FakeVmm fresh(String... script) {
        INSTANCE.tell("reset", "log on");
        return INSTANCE.tell(script);
    }

    /** Another process's C library, or what a program is linked with. */
    public static Path library() {
        return INSTANCE.library;
    }

    /**
     * A program that prints what the look-alike has as bhyvectl does; its script is the file beside it with its name and
     * {@code .script}.
     */
    public static Path bhyvectl() {
        return Gcc.program(
                "fakebhyvectl",
                Stream.concat(Stream.of("fakebhyvectl.c"), Arrays.stream(SOURCES))
                        .toArray(String[]::new));
    }

    /** A program of {@code src/test/c} that is linked with the look-alike. */
    public static Path program(String name, String source) {
        return Gcc.program(
                name, Stream.concat(Stream.of(source), Arrays.stream(SOURCES)).toArray(String[]::new));
    }

    /** A program of {@code src/test/c} that is linked with this very library. */
    public static Path linked(String name, String source) {
        return Gcc.program(name, source, library().toString());
    }

    /** Obeys lines of a script. */
    public FakeVmm tell(String... script) {
        for (String each : script) {
            if (tell.invokeInt(new Object[] {each}) != 0) {
                throw new IllegalArgumentException("not understood: " + each);
            }
        }
        return this;
    }

    /** A count by its name: {@code open violations calls locking stats descriptions hanging opens closes statistics queues}. */
    public long count(String what) {
        return countOf(what);
    }

    private long countOf(String what) {
        long value = count.invokeLong(new Object[] {what});
        if (value < 0) {
            throw new IllegalArgumentException(what);
        }
        return value;
    }

    /** Calls so far, one line each. */
    public List<String> log() {
        List<String> all = new ArrayList<>();
        try (Memory text = new Memory(LINE_BYTES)) {
            for (long i = 0; i < countOf("lines"); i++) {
                line.invoke(new Object[] {i, text, (long) LINE_BYTES});
                all.add(text.getString(0, ISO_8859_1.name()));
            }
        }
        return all;
    }
}
