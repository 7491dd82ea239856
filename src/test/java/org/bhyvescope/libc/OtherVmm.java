package org.bhyvescope.libc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The look-alike of the vmm kernel module as the C library of other processes: each has the host of its script for itself. */
public final class OtherVmm {
    private final Path library;

    private OtherVmm(Path library) {
        this.library = library;
    }

    /** In an empty directory, with a script to begin with. */
    public static OtherVmm in(Path directory, String... script) throws IOException {
        OtherVmm other = new OtherVmm(directory.resolve("libfakevmm.so"));
        Files.copy(FakeVmm.library(), other.library);
        Files.createFile(other.beside(".log"));
        return other.anew(script);
    }

    private Path beside(String suffix) {
        return library.resolveSibling(library.getFileName() + suffix);
    }

    /** What a process's {@code bhyvescope.libc} is to be. */
    public Path library() {
        return library;
    }

    /** Tells the processes that run, and those to come, some more. */
    public OtherVmm tell(String... script) throws IOException {
        Files.write(beside(".script"), List.of(script), StandardOpenOption.APPEND);
        return this;
    }

    /** Gives the processes to come another script; those that run keep to theirs. */
    public OtherVmm anew(String... script) throws IOException {
        Path fresh = beside(".script.new");
        Files.write(fresh, List.of(script));
        Files.move(fresh, beside(".script"), StandardCopyOption.ATOMIC_MOVE);
        return this;
    }

    /** Calls of all processes so far, one line each. */
    public List<String> log() throws IOException {
        return Files.readAllLines(beside(".log"));
    }
}
