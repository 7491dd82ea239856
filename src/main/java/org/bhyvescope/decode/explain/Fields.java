package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.bhyvescope.decode.Decoded;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.ExitCode;
import org.bhyvescope.decode.FieldMeaning;
import org.bhyvescope.decode.NamedValue;
import org.bhyvescope.decode.Part;
import org.bhyvescope.dump.SegmentRegister;

/** Registers and control words, one by one and bit by bit. */
final class Fields {
    private static final String UNKNOWN = "unknown";
    private static final String NO_VENDOR = "vendor not known, so no meaning";

    /** Enumerations whose numbers everybody writes in hexadecimal. */
    private static final Set<String> NUMBERED_IN_HEX = Set.of("msr", "ioport", "mmio");

    private final Decoder decoder;
    private final Mode mode;
    private final String exitName;

    private Fields(Decoder decoder, Mode mode, String exitName) {
        this.decoder = decoder;
        this.mode = mode;
        this.exitName = exitName;
    }

    static List<Report.Field> of(VcpuCase vcpu) {
        Fields fields = new Fields(vcpu.whole().decoder(), vcpu.mode(), exitName(vcpu));
        List<Report.Field> all = new ArrayList<>();
        vcpu.dump().values().forEach((name, value) -> all.add(fields.field(name, value)));
        vcpu.dump().segments().forEach((name, segment) -> all.add(fields.segment(name, segment)));
        vcpu.dump().others().forEach((name, text) -> all.add(other(name, text)));
        return List.copyOf(all);
    }

    private static String exitName(VcpuCase vcpu) {
        String none = vcpu.whole().vendor().hasExitCodes() ? "no exit yet, so no meaning" : NO_VENDOR;
        return vcpu.exit().map(ExitCode::name).orElse(none);
    }

    /** A field that stands alone. */
    static Report.Field single(String name, long value, Decoder decoder) {
        return new Fields(decoder, new Mode(Mode.Kind.UNTOLD, OptionalInt.empty()), NO_VENDOR).field(name, value);
    }

    /** A word that stands alone. */
    static Report.Field word(String name, Decoded word) {
        return new Report.Field(
                name,
                Hex.of(word.value()),
                "bits",
                "",
                word.summary(),
                word.title(),
                bits(word.parts()),
                word.source());
    }

    /** A number of an enumeration. */
    static Report.Field enumeration(String table, long value, Decoder decoder) {
        Optional<NamedValue> row = decoder.value(table, value);
        return new Report.Field(
                table,
                NUMBERED_IN_HEX.contains(table) ? Hex.of(value) : Hex.both(value),
                "enum",
                "",
                row.map(NamedValue::name).orElse(UNKNOWN),
                row.map(NamedValue::meaning).orElse("not in the table"),
                List.of(),
                row.map(NamedValue::source).orElse(""));
    }

    private Report.Field field(String name, long value) {
        Optional<FieldMeaning> meaning = decoder.field(name);
        if (meaning.isEmpty()) {
            return new Report.Field(name, Hex.of(value), UNKNOWN, UNKNOWN, "", "not in the table", List.of(), "");
        }
        FieldMeaning field = meaning.get();
        Optional<Decoded> word =
                field.kind() == FieldMeaning.Kind.BITS ? decoder.word(field.word(), value) : Optional.empty();
        return new Report.Field(
                name,
                isAddress(field) ? Hex.wide(value) : Hex.of(value),
                field.kind().name().toLowerCase(Locale.ROOT),
                field.group(),
                word.map(Decoded::summary).orElseGet(() -> summary(field, value)),
                field.meaning(),
                word.map(w -> bits(w.parts())).orElse(List.of()),
                field.source());
    }

    private static boolean isAddress(FieldMeaning field) {
        return switch (field.kind()) {
            case GUEST_VIRTUAL, GENERAL, HOST_VIRTUAL -> true;
            default -> false;
        };
    }

    private String summary(FieldMeaning field, long value) {
        return switch (field.kind()) {
            case BITS -> "";
            case ENUM ->
                decoder.value(field.word(), value).map(NamedValue::name).orElse("unknown value");
            case EXIT_CODE -> exitName;
            case GUEST_VIRTUAL -> Address.guestVirtual(value, mode);
            case GUEST_PHYSICAL -> "guest physical address";
            case HOST_PHYSICAL -> value == 0 ? "not used" : "host physical address";
            case HOST_VIRTUAL -> "host kernel address";
            case GENERAL -> "";
            case NUMBER -> Long.toUnsignedString(value);
            case SIGNED -> Long.toString(value);
        };
    }

    private Report.Field segment(String name, SegmentRegister segment) {
        List<String> values = new ArrayList<>();
        segment.selector().ifPresent(v -> values.add("selector " + Hex.of(v)));
        segment.base().ifPresent(v -> values.add("base " + Hex.of(v)));
        segment.limit().ifPresent(v -> values.add("limit " + Hex.of(v)));
        segment.access().ifPresent(v -> values.add("access " + Hex.of(v)));
        Optional<Decoded> access = segment.access().isPresent()
                ? decoder.word("segment_access", segment.access().getAsLong())
                : Optional.empty();
        return new Report.Field(
                name,
                String.join(", ", values),
                "segment",
                "register",
                access.map(Decoded::summary).orElse(""),
                decoder.field(name).map(FieldMeaning::meaning).orElse(""),
                access.map(w -> bits(w.parts())).orElse(List.of()),
                access.map(Decoded::source).orElse(""));
    }

    private static Report.Field other(String name, String text) {
        return new Report.Field(name, text, UNKNOWN, UNKNOWN, "", "not in the table", List.of(), "");
    }

    static List<Report.Bit> bits(List<Part> parts) {
        return parts.stream()
                .map(p -> new Report.Bit(p.bits(), p.name(), Hex.of(p.value()), meaning(p), p.known()))
                .toList();
    }

    static String meaning(Part part) {
        return part.known() || !part.meaning().isEmpty() ? part.meaning() : "not named by any table here";
    }
}
