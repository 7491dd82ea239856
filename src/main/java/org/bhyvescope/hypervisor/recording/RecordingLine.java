package org.bhyvescope.hypervisor.recording;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.Reader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.bhyvescope.hypervisor.VmId;
import org.jspecify.annotations.Nullable;

/**
 * The members of one line, in any order, of which each kind of line has some. Members that are not known are left out:
 * a later version may have more.
 */
final class RecordingLine {
    @Nullable
    String format;

    @Nullable
    String agent;

    @Nullable
    String source;

    @Nullable
    String sample;

    @Nullable
    String event;

    @Nullable
    String failure;

    @Nullable
    String vm;

    @Nullable
    String created;

    @Nullable
    List<String> statistics;

    @Nullable
    List<VmId> listed;

    int @Nullable [] active;
    int @Nullable [] suspended;
    int @Nullable [] topology;
    long @Nullable [][] vcpus;

    String detail = "";
    boolean listingFailed;
    OptionalLong version = OptionalLong.empty();
    OptionalLong tscHz = OptionalLong.empty();
    OptionalLong hz = OptionalLong.empty();
    OptionalLong release = OptionalLong.empty();
    OptionalLong number = OptionalLong.empty();
    OptionalLong table = OptionalLong.empty();
    OptionalLong inode = OptionalLong.empty();
    OptionalLong wall = OptionalLong.empty();
    OptionalLong mono = OptionalLong.empty();

    private long[] numbers = new long[64];
    private int numbersSeen;

    private RecordingLine() {}

    /**
     * Reads one line.
     *
     * @throws IOException if it is not JSON, or too long
     * @throws BadLineException if a member is not what it must be
     * @throws RuntimeException likewise, of Gson's and the JDK's making
     */
    static RecordingLine read(Reader text) throws IOException, BadLineException {
        RecordingLine line = new RecordingLine();
        JsonReader json = new JsonReader(text);
        json.setStrictness(Strictness.STRICT);
        json.beginObject();
        while (json.hasNext()) {
            line.member(json, json.nextName());
        }
        json.endObject();
        if (json.peek() != JsonToken.END_DOCUMENT) {
            throw new BadLineException("there is something behind the object");
        }
        return line;
    }

    private void member(JsonReader json, String name) throws IOException, BadLineException {
        switch (name) {
            case "format" -> format = string(json);
            case "agent" -> agent = string(json);
            case "source" -> source = string(json);
            case "sample" -> sample = string(json);
            case "event" -> event = string(json);
            case "failure" -> failure = string(json);
            case "vm" -> vm = string(json);
            case "created" -> created = string(json);
            case "detail" -> detail = string(json);
            case "version" -> version = number(json);
            case "tsc_hz" -> tscHz = number(json);
            case "hz" -> hz = number(json);
            case "osreldate" -> release = number(json);
            case "n" -> number = number(json);
            case "table" -> table = number(json);
            case "inode" -> inode = OptionalLong.of(unsigned(json));
            case "wall" -> wall = number(json);
            case "mono" -> mono = number(json);
            case "listing_failed" -> listingFailed = json.nextBoolean();
            case "statistics" -> statistics = strings(json);
            case "listed" -> listed = vms(json);
            case "active" -> active = integers(json);
            case "suspended" -> suspended = integers(json);
            case "topology" -> topology = integers(json);
            case "vcpus" -> vcpus = rows(json);
            default -> json.skipValue();
        }
    }

    private static String string(JsonReader json) throws IOException, BadLineException {
        if (json.peek() != JsonToken.STRING) {
            throw new BadLineException("there is no text where one must be");
        }
        return json.nextString();
    }

    private static String digits(JsonReader json) throws IOException, BadLineException {
        if (json.peek() != JsonToken.NUMBER) {
            throw new BadLineException("there is no number where one must be");
        }
        return json.nextString();
    }

    private static OptionalLong number(JsonReader json) throws IOException, BadLineException {
        return OptionalLong.of(Long.parseLong(digits(json)));
    }

    private static long unsigned(JsonReader json) throws IOException, BadLineException {
        return Long.parseUnsignedLong(digits(json));
    }

    private static List<String> strings(JsonReader json) throws IOException, BadLineException {
        List<String> strings = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            strings.add(string(json));
            if (strings.size() > Limits.COLUMNS) {
                throw new BadLineException("it has more than " + Limits.COLUMNS + " statistics");
            }
        }
        json.endArray();
        return strings;
    }

    private static int[] integers(JsonReader json) throws IOException, BadLineException {
        int[] integers = new int[16];
        int size = 0;
        json.beginArray();
        while (json.hasNext()) {
            if (size == Limits.VCPU_IDS) {
                throw new BadLineException("it has more than " + Limits.VCPU_IDS + " vCPUs");
            }
            integers = size == integers.length ? Arrays.copyOf(integers, 2 * size) : integers;
            integers[size++] = Integer.parseInt(digits(json));
        }
        json.endArray();
        return Arrays.copyOf(integers, size);
    }

    private static List<VmId> vms(JsonReader json) throws IOException, BadLineException {
        List<VmId> vms = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            RecordingLine each = new RecordingLine();
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (List.of("vm", "inode", "created").contains(name)) {
                    each.member(json, name);
                } else {
                    json.skipValue();
                }
            }
            json.endObject();
            vms.add(each.identity(each.vm));
            if (vms.size() > Limits.VMS) {
                throw new BadLineException("it has more than " + Limits.VMS + " VMs");
            }
        }
        json.endArray();
        return vms;
    }

    private long[][] rows(JsonReader json) throws IOException, BadLineException {
        List<long[]> rows = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            rows.add(row(json));
            if (rows.size() > Limits.VCPU_IDS) {
                throw new BadLineException("it has more than " + Limits.VCPU_IDS + " vCPUs");
            }
        }
        json.endArray();
        return rows.toArray(long[][]::new);
    }

    /** The offset in ns, then pairs of a column and a value of 64 bits. */
    private long[] row(JsonReader json) throws IOException, BadLineException {
        int size = 0;
        json.beginArray();
        while (json.hasNext()) {
            if (++numbersSeen > 2 * Limits.CELLS) {
                throw new BadLineException("it has more than " + Limits.CELLS + " values");
            }
            numbers = size == numbers.length ? Arrays.copyOf(numbers, 2 * size) : numbers;
            String digits = digits(json);
            numbers[size++] = digits.startsWith("-") ? Long.parseLong(digits) : Long.parseUnsignedLong(digits);
        }
        json.endArray();
        if (size % 2 != 1) {
            throw new BadLineException("a vCPU has a column without a value, or no time");
        }
        return Arrays.copyOf(numbers, size);
    }

    /** The VM of this name that the line identifies. */
    VmId identity(@Nullable String name) throws BadLineException {
        String moment = created;
        if (name == null || moment == null || inode.isEmpty()) {
            throw new BadLineException("it does not tell which VM: name, inode and created are needed");
        }
        return new VmId(name, inode.getAsLong(), Instant.parse(moment));
    }

    Moment moment() throws BadLineException {
        return new Moment(needed(wall, "wall"), needed(mono, "mono"));
    }

    static long needed(OptionalLong value, String name) throws BadLineException {
        return value.orElseThrow(() -> new BadLineException("it has no \"" + name + "\""));
    }
}
