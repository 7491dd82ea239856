package org.bhyvescope.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class VmDirectoryTest {
    @TempDir
    Path dir = Path.of("");

    @Test
    void theVmsAreListedSortedByName() throws Exception {
        create("web1", "db", "web0", "Alpha", "10", "9");

        assertThat(names(n -> true)).containsExactly("10", "9", "Alpha", "db", "web0", "web1");
    }

    @Test
    void aDirectoryWithoutNodesIsNoVms() {
        assertThat(list(n -> true)).isEqualTo(new VmListing.Listed(List.of(), List.of()));
    }

    @Test
    void aSubdirectoryIsNoVm() throws Exception {
        create("web0");
        Files.createDirectory(dir.resolve("web1"));

        assertThat(names(n -> true)).containsExactly("web0");
    }

    @Test
    void withoutTheDirectoryThereIsNoVmm() {
        Path absent = dir.resolve("vmm");

        assertThat(new VmDirectory(absent, n -> true).list()).isEqualTo(new VmListing.NoVmm(absent.toString()));
    }

    @Test
    void whatIsNoDirectoryCannotBeListed() throws Exception {
        Path file = Files.createFile(dir.resolve("vmm"));

        assertThat(new VmDirectory(file, n -> true).list())
                .isEqualTo(new VmListing.Failed(file + " is not a directory"));
    }

    @Test
    void aDirectoryWithoutTheRightToListItSaysSo() throws Exception {
        Path closed = Files.createDirectory(dir.resolve("vmm"));
        closed.toFile().setReadable(false, false);
        Assumptions.assumeFalse(Files.isReadable(closed), "root may list everything");

        assertThat(new VmDirectory(closed, n -> true).list())
                .isEqualTo(new VmListing.Failed("no right to list " + closed));
    }

    @Test
    void aNodeThatVanishesMeanwhileIsNotListed() throws Exception {
        create("web0", "web1", "web2");

        // The name is asked about after it was listed and before its node is looked at.
        assertThat(names(name -> !name.equals("web1") || delete(name))).containsExactly("web0", "web2");
    }

    @Test
    void onlyWantedNamesAreListed() throws Exception {
        create("web0", "web1", "db0");
        Predicate<String> include = Pattern.compile("web.*").asMatchPredicate();
        Predicate<String> exclude = Pattern.compile("web1").asMatchPredicate();

        assertThat(names(include.and(exclude.negate()))).containsExactly("web0");
    }

    @Test
    void aNodeCreatedAgainIsAnotherVm() throws Exception {
        create("web0");
        VmId first = identify("web0");
        // The old inode stays taken, so that the file system cannot give it to the new node.
        Files.createLink(dir.resolve("keeper"), dir.resolve("web0"));
        Files.delete(dir.resolve("web0"));
        create("web0");

        VmId second = identify("web0");

        assertThat(second.name()).isEqualTo(first.name());
        assertThat(second.inode()).isNotEqualTo(first.inode());
        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void theSameInodeWithALaterCtimeIsAnotherVm() throws Exception {
        create("web0");
        VmId first = identify("web0");

        Scripts.await("a later ctime", () -> {
            dir.resolve("web0").toFile().setExecutable(!Files.isExecutable(dir.resolve("web0")), false);
            return identify("web0").created().isAfter(first.created());
        });

        assertThat(identify("web0").inode()).isEqualTo(first.inode());
        assertThat(identify("web0")).isNotEqualTo(first);
    }

    @Test
    void aNodeThatIsLeftAloneStaysTheSameVm() throws Exception {
        create("web0");

        assertThat(identify("web0")).isEqualTo(identify("web0"));
        assertThat(list(n -> true)).isEqualTo(new VmListing.Listed(List.of(identify("web0")), List.of()));
    }

    @Test
    void aNameWithoutANodeIsNoVm() throws Exception {
        Files.createDirectory(dir.resolve("folder"));

        assertThat(directory(n -> true).identify("absent")).isEmpty();
        assertThat(directory(n -> true).identify("folder")).isEmpty();
    }

    @Test
    void aNameOf229BytesIsTheLongestThatIsAccepted() throws Exception {
        create("a".repeat(229), "b".repeat(230));

        VmListing.Listed listed = (VmListing.Listed) list(n -> true);

        assertThat(listed.vms()).extracting(VmId::name).containsExactly("a".repeat(229));
        assertThat(listed.refused())
                .containsExactly("\"" + "b".repeat(230) + "\": has 230 bytes; vmm accepts at most 229");
    }

    @Test
    void theLengthOfANameIsCountedInBytesNotInCharacters() {
        assertThat(VmDirectory.problem("\u00e9".repeat(114))).isEmpty();
        assertThat(VmDirectory.problem("\u00e9".repeat(115))).contains("has 230 bytes; vmm accepts at most 229");
    }

    @Test
    void aNameThatIsNotUtf8IsRefusedAndTheOthersAreListed() throws Exception {
        create("web0");
        Assumptions.assumeTrue(
                sh("printf x >\"$(printf 'bad\\377name')\"") == 0, "this file system takes UTF-8 names only");

        VmListing.Listed listed = (VmListing.Listed) list(n -> true);

        assertThat(listed.vms()).extracting(VmId::name).containsExactly("web0");
        assertThat(listed.refused()).hasSize(1);
        assertThat(listed.refused().get(0)).contains("bad", "is not UTF-8");
    }

    @Test
    void anUnwantedNameIsNotEvenRefused() throws Exception {
        create("b".repeat(230));

        assertThat(list(n -> false)).isEqualTo(new VmListing.Listed(List.of(), List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--destroy", "-x", "a b", "a;b", "$(x)", "a\nb", "'", "*", "..a", "%s", "a=b", "\\", "a\tb"})
    void aNameThatAShellWouldTripOverIsListedAsItIs(String name) throws Exception {
        create(name);

        assertThat(names(n -> true)).containsExactly(name);
    }

    @Test
    void aNodeIsAccessibleOnlyToWhoMayReadAndWriteIt() throws Exception {
        create("web0");

        assertThat(directory(n -> true).isAccessible("web0")).isTrue();
        assertThat(directory(n -> true).isAccessible("absent")).isFalse();
    }

    private VmDirectory directory(Predicate<String> wanted) {
        return new VmDirectory(dir, wanted);
    }

    private VmListing list(Predicate<String> wanted) {
        return directory(wanted).list();
    }

    private List<String> names(Predicate<String> wanted) {
        return ((VmListing.Listed) list(wanted)).vms().stream().map(VmId::name).toList();
    }

    private VmId identify(String name) {
        return directory(n -> true).identify(name).orElseThrow();
    }

    private void create(String... names) throws IOException {
        for (String name : names) {
            Files.createFile(dir.resolve(name));
        }
    }

    private boolean delete(String name) {
        try {
            Files.delete(dir.resolve(name));
            return true;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private int sh(String command) throws Exception {
        Process sh = new ProcessBuilder("/bin/sh", "-c", command)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(sh.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return sh.exitValue();
    }
}
