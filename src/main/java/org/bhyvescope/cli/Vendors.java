package org.bhyvescope.cli;

import java.util.Optional;
import org.bhyvescope.decode.Vendor;
import org.jspecify.annotations.Nullable;

/** The flag {@code --vendor}. */
final class Vendors {
    private Vendors() {}

    static Optional<Vendor> parse(@Nullable String text, Problems problems) {
        for (Vendor vendor : new Vendor[] {Vendor.AMD, Vendor.INTEL}) {
            if (vendor.label().equals(text)) {
                return Optional.of(vendor);
            }
        }
        if (text != null) {
            problems.add("--vendor", text, "must be amd or intel");
        }
        return Optional.empty();
    }
}
