package org.bhyvescope.hypervisor.recording;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads a recording line by line, in little memory. A line that is not readable is refused and named; what follows is
 * taken only where it is certain what it means. A file that was cut is read up to there. Not thread-safe.
 */
public final class RecordingReader implements Iterator<Recorded>, AutoCloseable {
    /** After so many the file is something else, or too damaged to be of use. */
    static final int MOST_REFUSED = 100;

    private final InputStream in;
    private final LineStream lines;
    private final RecordingState state = new RecordingState();
    private RecordingHeader header =
            new RecordingHeader("", "", OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), "");
    private Optional<Recorded> next = Optional.empty();
    private boolean ended;
    private int refused;

    private RecordingReader(InputStream in) {
        this.in = in;
        this.lines = new LineStream(in);
    }

    /** What came of opening a recording. */
    public sealed interface Opening {
        /** It can be read. */
        record Opened(RecordingReader reader) implements Opening {}

        /**
         * It cannot.
         *
         * @param why what is wrong, and what to do, for a person
         */
        record NotReadable(String why) implements Opening {}
    }

    /** Opens a file, uncompressing it if its name ends in {@code .gz}. */
    public static Opening open(Path file) {
        try {
            return of(RecordingFiles.open(file), file.toString());
        } catch (NoSuchFileException e) {
            return new Opening.NotReadable(file + " is not there");
        } catch (AccessDeniedException e) {
            return new Opening.NotReadable("no right to read " + file);
        } catch (IOException e) {
            return new Opening.NotReadable(file + " cannot be read: " + e.getMessage());
        }
    }

    /**
     * Reads from a stream, which is closed with the reader, or if it is no recording.
     *
     * @param name what to call it
     */
    static Opening of(InputStream in, String name) throws IOException {
        RecordingReader reader = new RecordingReader(in);
        Optional<String> problem = reader.begin();
        if (problem.isPresent()) {
            in.close();
            return new Opening.NotReadable(name + " " + problem.get());
        }
        return new Opening.Opened(reader);
    }

    private Optional<String> begin() {
        String no = "is no recording of bhyvescope's: its first line does not say so";
        lines.next();
        try {
            RecordingLine line = line();
            if (!RecordingHeader.FORMAT.equals(line.format)) {
                return Optional.of(no);
            }
            long version = RecordingLine.needed(line.version, "version");
            if (version != RecordingHeader.VERSION) {
                return Optional.of("is a recording of version " + version + "; this program reads version "
                        + RecordingHeader.VERSION + ". A newer bhyvescope reads it");
            }
            header = new RecordingHeader(
                    Objects.requireNonNullElse(line.agent, ""),
                    Objects.requireNonNullElse(line.created, ""),
                    positive(line.tscHz),
                    positive(line.hz),
                    positive(line.release),
                    Objects.requireNonNullElse(line.source, ""));
            advance();
            return Optional.empty();
        } catch (IOException | BadLineException | RuntimeException e) {
            lines.skipRest();
            String empty = lines.isNothing() ? "is empty" : no;
            return Optional.of(lines.trouble().isEmpty() ? empty : "cannot be read: " + lines.trouble());
        }
    }

    private static OptionalLong positive(OptionalLong value) {
        return value.isPresent() && value.getAsLong() > 0 ? value : OptionalLong.empty();
    }

    public RecordingHeader header() {
        return header;
    }

    private RecordingLine line() throws IOException, BadLineException {
        // Strict: a byte that is no UTF-8 must not become part of a VM's name.
        return RecordingLine.read(new InputStreamReader(lines, UTF_8.newDecoder()));
    }

    private void advance() {
        next = Optional.empty();
        while (next.isEmpty() && !ended && lines.next()) {
            next = read();
        }
    }

    private Optional<Recorded> read() {
        Optional<String> problem = Optional.empty();
        Optional<Recorded> said = Optional.empty();
        try {
            RecordingLine line = line();
            lines.skipRest();
            said = lines.isCut() ? Optional.empty() : state.enter(line);
        } catch (BadLineException | LineStream.TooLongException e) {
            problem = Optional.of(String.valueOf(e.getMessage()));
        } catch (MalformedJsonException | EOFException | CharacterCodingException e) {
            problem = Optional.of("it is not JSON");
        } catch (NumberFormatException e) {
            problem = Optional.of("a number is not one of 64 bits");
        } catch (DateTimeException e) {
            problem = Optional.of("a time is not one of ISO 8601");
        } catch (IllegalStateException | IllegalArgumentException e) {
            problem = Optional.of("it is JSON of another shape");
        } catch (IOException e) {
            problem = Optional.of("it cannot be read: " + e.getMessage());
        }
        lines.skipRest();
        if (lines.isCut()) {
            ended = true;
            return lines.isNothing() && lines.trouble().isEmpty() ? Optional.empty() : Optional.of(cut());
        }
        if (problem.isEmpty()) {
            return said;
        }
        if (++refused > MOST_REFUSED) {
            ended = true;
            return Optional.of(new Recorded.Cut(
                    lines.number(), "more than " + MOST_REFUSED + " lines are not readable; the rest is left out"));
        }
        return Optional.of(new Recorded.Refused(lines.number(), problem.get()));
    }

    private Recorded.Cut cut() {
        String why = lines.trouble().isEmpty()
                ? "the file ends within this line, so whatever wrote it was stopped; all before it was read"
                : "the file cannot be read on here (" + lines.trouble() + "); all before it was read";
        return new Recorded.Cut(lines.number(), why);
    }

    @Override
    public boolean hasNext() {
        return next.isPresent();
    }

    @Override
    public Recorded next() {
        Recorded now = next.orElseThrow(NoSuchElementException::new);
        advance();
        return now;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
