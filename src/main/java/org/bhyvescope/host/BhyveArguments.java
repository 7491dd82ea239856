package org.bhyvescope.host;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

public record BhyveArguments(Optional<String> vmName, List<String> passthrough) {
    public static BhyveArguments of(List<String> argv, Function<String, Optional<String>> files) {
        return new BhyveArguments(Optional.empty(), List.of());
    }
}
