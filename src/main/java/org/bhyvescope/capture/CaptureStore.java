package org.bhyvescope.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The folder of captures: each is a folder of its own, written under a name that begins with a dot, and renamed when it is
 * whole and on the disk. Bounded in number and size: what is routine goes first, then what is old. Not thread-safe; several
 * processes may share the folder.
 */
public final class CaptureStore {
    private static final String NEW = ".new-";
    private static final String OLD = ".old-";
    private static final String FOLDER_MODE = "rwxr-x---";
    private static final String FILE_MODE = "rw-r-----";

    /** capture.json beyond it is none of ours. */
    private static final long MAX_INFO_BYTES = 4 << 20;

    private static final int ATTEMPTS = 100;

    private final Path folder;
    private final long maxBytes;
    private final int maxCaptures;
    private final long pid;

    /**
     * @param folder where the captures are; made when it is needed
     * @param maxBytes of all captures together
     * @param maxCaptures how many
     * @param pid of this process
     */
    public CaptureStore(Path folder, long maxBytes, int maxCaptures, long pid) {
        this.folder = folder;
        this.maxBytes = maxBytes;
        this.maxCaptures = maxCaptures;
        this.pid = pid;
    }

    /**
     * A capture that is there.
     *
     * @param info empty if its capture.json cannot be read
     * @param bytes of all its files
     */
    record Entry(Path folder, Optional<CaptureInfo> info, long bytes) {
        String id() {
            return String.valueOf(folder.getFileName());
        }
    }

    Path folder() {
        return folder;
    }

    /** All that are whole, the newest first. None where there is no folder. */
    List<Entry> list() throws IOException {
        List<Entry> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path each : all) {
                if (!String.valueOf(each.getFileName()).startsWith(".")
                        && Files.isRegularFile(each.resolve(CaptureInfo.FILE))) {
                    found.add(new Entry(each, info(each), bytes(each)));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        // Names begin with the time.
        found.sort(Comparator.comparing(Entry::id).reversed());
        return found;
    }

    /** Why there is no {@link Entry#info}. */
    static String whyNot(Path capture) {
        Path file = capture.resolve(CaptureInfo.FILE);
        try {
            int newer = Files.size(file) > MAX_INFO_BYTES ? 0 : CaptureInfo.newerVersion(Files.readString(file));
            if (newer > 0) {
                return "written by a newer bhyvescope (version " + newer + "; this one reads " + CaptureInfo.VERSION
                        + "); its report.txt is text";
            }
        } catch (IOException e) {
            // The same to whoever asks.
        }
        return "its capture.json cannot be read";
    }

    private static Optional<CaptureInfo> info(Path capture) {
        Path file = capture.resolve(CaptureInfo.FILE);
        try {
            return Files.size(file) > MAX_INFO_BYTES
                    ? Optional.empty()
                    : Optional.ofNullable(CaptureInfo.parse(Files.readString(file)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static long bytes(Path capture) {
        try (Stream<Path> all = Files.walk(capture)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0; // it is being removed
        }
    }

    /** Removes what an agent left that did not come to its end: killed while it wrote, or while it removed. */
    void removeRemains() {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, ".{new,old}-*")) {
            for (Path each : all) {
                if (!isAlive(String.valueOf(each.getFileName()))) {
                    remove(each);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Another time.
        }
    }

    /** Whether the process that made it, whose pid its name ends with, is there and is not this one. */
    private boolean isAlive(String name) {
        String number = name.substring(name.lastIndexOf('-') + 1);
        if (!number.matches("\\d{1,9}")) {
            return false;
        }
        long maker = Long.parseLong(number);
        return maker != pid && ProcessHandle.of(maker).isPresent();
    }

    /**
     * Begins a capture; room is made for it.
     *
     * @param name what its folder is to be called; a number is added if there is one
     */
    Draft begin(String name) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(FOLDER_MODE));
        }
        makeRoom(1, 0);
        Path unfinished = folder.resolve(NEW + name + "-" + pid);
        remove(unfinished);
        Files.createDirectory(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(FOLDER_MODE)));
        Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString(FOLDER_MODE));
        return new Draft(name, unfinished);
    }

    /** Removes captures until so many more, and bytes, have room. */
    private void makeRoom(int captures, long bytes) throws IOException {
        List<Entry> all = new ArrayList<>(list());
        // Last those to be kept longest: the newest that is not routine.
        all.sort(Comparator.comparing(CaptureStore::isRoutine).reversed().thenComparing(Entry::id));
        long used = all.stream().mapToLong(Entry::bytes).sum();
        while (!all.isEmpty() && (all.size() + captures > maxCaptures || used + bytes > maxBytes)) {
            Entry goes = all.remove(0);
            used -= goes.bytes();
            Path old = folder.resolve(OLD + goes.id() + "-" + pid);
            try {
                Files.move(goes.folder(), old);
            } catch (NoSuchFileException e) {
                continue; // another process, or its owner, was quicker
            }
            remove(old);
        }
    }

    private static boolean isRoutine(Entry entry) {
        return entry.info().map(CaptureInfo::routine).orElse(false);
    }

    private static void remove(Path tree) {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            // What is left begins with a dot, so that it is not taken for a capture; the next start tries again.
        }
    }

    /** A capture that is being written. */
    final class Draft {
        private final String name;
        private final Path unfinished;
        private long written;

        private Draft(String name, Path unfinished) {
            this.name = name;
            this.unfinished = unfinished;
        }

        /** Bytes that there may be in all: a single capture must not push out all others. */
        long most() {
            return maxBytes / 2;
        }

        /** Bytes written so far. */
        long written() {
            return written;
        }

        void write(String file, String text) throws IOException {
            write(file, text.getBytes(UTF_8));
        }

        void write(String file, byte[] content) throws IOException {
            try (OutputStream to = open(file)) {
                to.write(content);
            }
        }

        /** A new file; closing it puts it on the disk. */
        OutputStream open(String file) throws IOException {
            Path path = unfinished.resolve(file);
            FileChannel channel = FileChannel.open(
                    path,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(FILE_MODE)));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(FILE_MODE));
            return new FilterOutputStream(Channels.newOutputStream(channel)) {
                @Override
                public void write(int b) throws IOException {
                    write(ByteBuffer.allocate(1).put((byte) b).array(), 0, 1);
                }

                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    if (written + length > most()) {
                        throw new IOException("more than " + most() + " bytes, half of --capture.max-size");
                    }
                    written += length;
                    out.write(bytes, from, length);
                }

                @Override
                public void close() throws IOException {
                    // Whoever was given it may have closed it.
                    if (channel.isOpen()) {
                        try (channel) {
                            channel.force(true);
                        }
                    }
                }
            };
        }

        /**
         * Makes it a capture.
         *
         * @param info given the name that it gets
         */
        Path publish(Function<String, CaptureInfo> info) throws IOException {
            for (int i = 1; i <= ATTEMPTS; i++) {
                String id = i == 1 ? name : name + "-" + i;
                Path whole = folder.resolve(id);
                if (Files.exists(whole, LinkOption.NOFOLLOW_LINKS)) {
                    continue;
                }
                write(CaptureInfo.FILE, info.apply(id).json());
                makeRoom(1, written);
                sync(unfinished);
                try {
                    Files.move(unfinished, whole, StandardCopyOption.ATOMIC_MOVE);
                } catch (AtomicMoveNotSupportedException e) {
                    throw new IOException("a folder cannot be renamed within " + folder, e);
                }
                sync(folder);
                return whole;
            }
            throw new IOException(ATTEMPTS + " captures are called " + name);
        }

        void discard() {
            remove(unfinished);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
