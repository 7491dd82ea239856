package org.bhyvescope.web.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Small text files, and who else may open them. */
final class TextFile {
    private static final int MAX_BYTES = 1 << 20;

    private TextFile() {}

    /** @throws BadFileException if it cannot be read, is no UTF-8, or larger than 1 MiB */
    static String read(Path file) throws BadFileException {
        byte[] bytes;
        try {
            if (Files.isDirectory(file)) {
                throw new BadFileException("is a directory");
            }
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(MAX_BYTES + 1);
            }
        } catch (NoSuchFileException e) {
            throw new BadFileException("is not there");
        } catch (AccessDeniedException e) {
            throw new BadFileException(
                    "may not be read by the user that runs the agent; chown, or mode 0640 and its group");
        } catch (IOException e) {
            throw new BadFileException("cannot be read: " + e.getMessage());
        }
        if (bytes.length > MAX_BYTES) {
            throw new BadFileException("is larger than 1 MiB; is it the right file?");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BadFileException("is no UTF-8 text (certificates and keys must be PEM, not DER)");
        }
    }

    /** Whether everybody on this host may read or write it. */
    static boolean isOpenToAll(Path file) {
        try {
            Set<PosixFilePermission> found = Files.getPosixFilePermissions(file);
            return found.contains(PosixFilePermission.OTHERS_READ) || found.contains(PosixFilePermission.OTHERS_WRITE);
        } catch (IOException e) {
            return false; // who cannot look at it cannot read it either, and reading tells why
        }
    }
}
