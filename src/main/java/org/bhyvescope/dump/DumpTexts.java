package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/** Several dumps of one VM as one, as if their texts stood one after the other. */
public final class DumpTexts {
    private DumpTexts() {}

    /** Joins them. What they say of the VM as a whole is the last one's that says it; a complaint counts once. */
    public static DumpText join(List<DumpText> texts) {
        Set<String> complaints = new LinkedHashSet<>();
        List<String> unknown = new ArrayList<>();
        texts.forEach(text -> complaints.addAll(text.complaints()));
        texts.forEach(text -> unknown.addAll(text.unknown().first()));
        return new DumpText(
                facts(texts.stream().map(DumpText::vm).toList()),
                flat(texts, DumpText::vcpus),
                flat(texts, DumpText::messages),
                flat(texts, DumpText::exitCounts),
                List.copyOf(complaints),
                texts.stream()
                        .map(DumpText::errno)
                        .filter(OptionalInt::isPresent)
                        .findFirst()
                        .orElse(OptionalInt.empty()),
                new UnknownLines(
                        texts.stream().mapToInt(t -> t.unknown().count()).sum(),
                        unknown.stream().limit(mostUnknown(texts)).toList()),
                texts.stream().anyMatch(DumpText::cut));
    }

    /** As many as one of them holds: the parser bounds that. */
    private static int mostUnknown(List<DumpText> texts) {
        return texts.stream().mapToInt(t -> t.unknown().first().size()).max().orElse(0);
    }

    private static <T> List<T> flat(List<DumpText> texts, Function<DumpText, List<T>> part) {
        return texts.stream().flatMap(text -> part.apply(text).stream()).toList();
    }

    private static VmFacts facts(List<VmFacts> all) {
        Map<Integer, Integer> nvram = new LinkedHashMap<>();
        all.forEach(facts -> nvram.putAll(facts.nvram()));
        return new VmFacts(
                lastList(all, VmFacts::segments),
                lastList(all, VmFacts::mappings),
                last(all, VmFacts::active),
                last(all, VmFacts::suspended),
                last(all, VmFacts::debug),
                last(all, VmFacts::topology),
                last(all, VmFacts::rtc),
                Map.copyOf(nvram));
    }

    private static <T> List<T> lastList(List<VmFacts> all, Function<VmFacts, List<T>> part) {
        return all.stream()
                .map(part)
                .filter(list -> !list.isEmpty())
                .reduce((a, b) -> b)
                .orElse(List.of());
    }

    private static <T> Optional<T> last(List<VmFacts> all, Function<VmFacts, Optional<T>> part) {
        return all.stream().map(part).flatMap(Optional::stream).reduce((a, b) -> b);
    }
}
