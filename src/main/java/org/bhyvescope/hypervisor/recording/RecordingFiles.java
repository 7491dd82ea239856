package org.bhyvescope.hypervisor.recording;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** Files of recordings: compressed if their names end in {@code .gz}. */
public final class RecordingFiles {
    private static final String GZIP = ".gz";
    private static final int BUFFER = 1 << 14;

    private RecordingFiles() {}

    /**
     * Makes a file that was not there, of mode 0640 (or less, as the umask says).
     *
     * @throws FileAlreadyExistsException if it is there
     */
    public static OutputStream create(Path file) throws IOException {
        OutputStream out = Channels.newOutputStream(Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))));
        return isCompressed(file) ? new GZIPOutputStream(out, BUFFER, true) : out;
    }

    static InputStream open(Path file) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            return new BufferedInputStream(isCompressed(file) ? new GZIPInputStream(in, BUFFER) : in, BUFFER);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private static boolean isCompressed(Path file) {
        return file.toString().endsWith(GZIP);
    }
}
