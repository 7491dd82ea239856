package org.bhyvescope.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The format of the tables, and that a malformed row is refused by naming it. */
class TsvTest {
    private static final String HEADER = "# a comment\nname\tvalue\n";

    @Test
    void commentsAndTheHeaderAreNoRows() {
        assertThat(Tsv.rows(HEADER + "a\t1\n# more\nb\t2")).containsExactly("a\t1", "b\t2");
        assertThat(Tsv.rows("")).isEmpty();
    }

    @Test
    void aDashIsNothing() {
        assertThat(Tsv.cells("-\ta-b\t-\t", 4)).containsExactly("", "a-b", "", "");
    }

    @Test
    void rowsWithTheSameKeyStandTogetherInOrder() {
        assertThat(Tsv.byKey(Tsv.rows(HEADER + "a\t1\nb\t2\na\t3\n")))
                .containsOnlyKeys("a", "b")
                .containsEntry("a", java.util.List.of("a\t1", "a\t3"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "88\tN\t-\tM.\t-\t-\t-\t12 KERNEL text\tS\t-",
                "88\tN\t-\tM.\t-\t-\t-\t12-\tS\t-",
                "88\tN\t-\tM.\t-\t-\t-\t12- NOBODY text\tS\t-",
                "88\tN\t-\tM.\t-\t-\t-\t-\tS"
            })
    void aMalformedExitRowIsRefusedNamingIt(String row) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ExitTable.of("header\n" + row, 16).rows())
                .withMessageContaining(row);
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz", "20-1f", "0x"})
    void aMalformedCodeIsRefused(String code) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ExitTable.of("header\n" + code + "\tN\t-\tM.\t-\t-\t-\t-\tS\t-", 16));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "w\t64\tN\t-\t-\t-\tS\t-",
                "w\t3:4\tN\t-\t-\t-\tS\t-",
                "w\tx\tN\t-\t-\t-\tS\t-",
                "w\t1\tN\t-\tLOUD\t-\tS\t-",
                "w\t1\tN\t-\t-\t-\tS"
            })
    void aMalformedBitIsRefusedNamingItsRow(String row) {
        WordTable table = WordTable.of("header\nw\t*\tT\t-\tLIST\t-\tS\t-\n" + row);

        assertThatIllegalArgumentException().isThrownBy(() -> table.find("w")).withMessageContaining(row);
    }

    @Test
    void aWordWithoutATitleOrLikeNoneIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WordTable.of("header\nw\t1\tN\t-\t-\t-\tS\t-").find("w"))
                .withMessageContaining("first row");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WordTable.of("header\nw\t=\tN\t-\tv\t-\tS\t-").find("w"))
                .withMessageContaining("w is like v");
    }

    @Test
    void aMalformedValueIsRefusedNamingItsRow() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ValueTable.of("header\nt\tten\tN\t-\tS\t-").find("t", 10))
                .withMessageContaining("t\tten");
    }

    @Test
    void aFieldTwiceOrOfNoKindIsRefused() {
        String row = "f\tnumber\t-\texit\t-\t-\tM.\tS\t-";

        assertThatIllegalArgumentException()
                .isThrownBy(() -> FieldTable.of("header\n" + row + "\n" + row))
                .withMessageContaining("row twice: f");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FieldTable.of("header\n" + row.replace("number", "colour"))
                        .find("f"))
                .withMessageContaining("f\tcolour");
    }
}
