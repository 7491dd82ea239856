package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BhyveTitleTest {
    private static Optional<BhyveTitle> text(String args) {
        return BhyveTitle.ofText(args, file -> Optional.empty());
    }

    private static Optional<BhyveTitle> vector(String... vector) {
        return BhyveTitle.ofVector(List.of(vector), file -> Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"web0", "a.b-c_d", "bhyve: x", "x (bhyve)", "two words", "-x"})
    void theTitleHoldsTheNameAndNothingElse(String name) {
        assertThat(vector("bhyve: " + name)).contains(new BhyveTitle(name, List.of()));
        assertThat(text("bhyve: " + name + " (bhyve)")).contains(new BhyveTitle(name, List.of()));
    }

    @Test
    void withoutATitleTheArgumentsTell() {
        assertThat(vector("/usr/sbin/bhyve", "-c", "2", "web0"))
                .contains(new BhyveTitle("web0", List.of("/usr/sbin/bhyve", "-c", "2", "web0")));
        assertThat(text("bhyve -c 2 web0")).contains(new BhyveTitle("web0", List.of("bhyve", "-c", "2", "web0")));
        assertThat(text("vmm -c 2 web0 (bhyve)"))
                .as("another argv[0]")
                .contains(new BhyveTitle("web0", List.of("vmm", "-c", "2", "web0")));
    }

    @ParameterizedTest
    @CsvSource({"<defunct>", "bhyve <defunct>", "(bhyve)", "[bhyve]", "bhyve", "bhyve -h"})
    void whatHasNoNameHasNone(String args) {
        assertThat(text(args)).isEmpty();
    }

    @Test
    void anEmptyVectorHasNone() {
        assertThat(vector()).isEmpty();
        assertThat(vector("bhyve: ")).isEmpty();
    }
}
