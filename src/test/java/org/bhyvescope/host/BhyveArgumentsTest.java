package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BhyveArgumentsTest {
    private static final Map<String, String> FILES = Map.of("/vm/gpu.conf", """
            # name=commented
            name=from-file
            memory.size=8G
            memory.wired=true
            x86.vmexit_on_hlt=yes
            x86.vmexit_on_pause=false
            pci.0.5.0.device=passthru
            pci.0.5.0.bus=12
            pci.0.5.0.slot=0
            pci.0.5.0.func=1
            pci.0.6.0.pptdev=ppt2
            pci.0.6.0.device=passthru
            pci.0.7.0.device=virtio-net
            pci.0.7.0.bus=1
            pci.0.7.0.slot=1
            pci.0.7.0.func=1
            """);

    private static BhyveArguments parse(String line) {
        return BhyveArguments.parse(
                BhyveArguments.split("bhyve " + line), file -> Optional.ofNullable(FILES.get(file)));
    }

    @ParameterizedTest
    @CsvSource({
        "'-c 2 -m 4G web0', web0",
        "'-AHPSuw -c4 -m4G -s0,hostbridge -s5,passthru,3/0/0 -lcom1,stdio web0', web0",
        "'-c cpus=4,sockets=2 -U 1b2f -p 0:1 -g 6000 -G w5900 -K de -f name,string=x -l bootrom,/a/b web0', web0",
        "'-Hc 4 web0', web0",
        "'-r saved.ckp web0', web0",
        "'-- -odd', -odd",
        "'-k /vm/gpu.conf', from-file",
        "'-k/vm/gpu.conf', from-file",
        "'-k /vm/gpu.conf -o name=given', given",
        "'-o name=given -k /vm/gpu.conf', from-file",
        "'-k /vm/gpu.conf -o name=given last', last",
        "'-oname=a.b-c', a.b-c",
        "'-s 3,virtio-blk,/vm/with blank/disk.img -l com1,stdio web0', web0",
    })
    void theVmsNameIsTheLastArgumentOrASetting(String line, String name) {
        assertThat(parse(line).vmName()).contains(name);
    }

    @ParameterizedTest
    @CsvSource({"'-c 2 -m 4G'", "'-h'", "'-k /no/such -c 2'", "'-o name='", "'-o other=web0'", "'-s'", "''", "'-c'"})
    void withoutANameThereIsNone(String line) {
        assertThat(parse(line).vmName()).isEmpty();
    }

    @Test
    void anEmptyVectorTellsNothing() {
        BhyveArguments none = BhyveArguments.parse(List.of(), file -> Optional.empty());

        assertThat(none).isEqualTo(new BhyveArguments(Optional.empty(), List.of(), false, false, false));
    }

    @ParameterizedTest
    @CsvSource({
        "'-s 5,passthru,3/0/0', pci0:3:0:0",
        "'-s5,passthru,3/0/0', pci0:3:0:0",
        "'-s 5:1,passthru,255/31/7', pci0:255:31:7",
        "'-s 0:5:1,passthru,ppt3', ppt3",
        "'-s 5,passthru,pci0:3:0:1', pci0:3:0:1",
        "'-s 5,passthru,pci3:0:1', pci0:3:0:1",
        "'-s 5,passthru,ppt0,rom=/vm/rom.bin', ppt0",
        "'-HSs 5,passthru,3/0/0', pci0:3:0:0",
        "'-o pci.0.5.0.device=passthru -o pci.0.5.0.pptdev=ppt7', ppt7",
    })
    void aPassthroughDeviceIsNamedAlike(String line, String selector) {
        assertThat(parse(line + " web0").passthrough()).containsExactly(selector);
        assertThat(parse(line + " web0").vmName()).contains("web0");
    }

    @ParameterizedTest
    @CsvSource({
        "'-s 5,passthru'",
        "'-s 5,passthru,'",
        "'-s 5,passthru,3/0'",
        "'-s 5,passthru,pci1:3:0:0'",
        "'-s 5,virtio-blk,3/0/0'",
        "'-s x,passthru,3/0/0'",
        "'-s 5,passthru,pptx'",
        "'-l com1,passthru,3/0/0'",
        "'-o pci.0.5.0.device=passthru'",
        "'-o pci.0.5.0.bus=3'"
    })
    void whatIsNoneIsNotOne(String line) {
        assertThat(parse(line + " web0").passthrough()).isEmpty();
    }

    @Test
    void aFileTellsOfDevicesAndFlagsAsOptionsDo() {
        assertThat(parse("-k /vm/gpu.conf -s 9,passthru,4/0/0 -P"))
                .isEqualTo(new BhyveArguments(
                        Optional.of("from-file"), List.of("pci0:12:0:1", "ppt2", "pci0:4:0:0"), true, true, true));
    }

    @ParameterizedTest
    @CsvSource({
        "-S, true, false, false",
        "-H, false, true, false",
        "-P, false, false, true",
        "-AHwPS, true, true, true",
        "'-l SHP', false, false, false",
        "-cSHP, false, false, false",
        "'-o memory.wired=false -S', true, false, false",
        "'-S -o memory.wired=no', false, false, false",
        "-x, false, false, false",
    })
    void flagsAreReadOutOfTheirGroups(String line, boolean wired, boolean hlt, boolean pause) {
        BhyveArguments arguments = parse(line + " web0");

        assertThat(arguments.memoryWired()).isEqualTo(wired);
        assertThat(arguments.exitsOnHlt()).isEqualTo(hlt);
        assertThat(arguments.exitsOnPause()).isEqualTo(pause);
    }

    @Test
    void onlyAFileThatAnOptionNamesIsRead() {
        List<String> read = new ArrayList<>();
        BhyveArguments.parse(List.of("bhyve", "-f", "-k", "-k", "/a", "-o", "k=/b", "x", "-k"), file -> {
            read.add(file);
            return Optional.empty();
        });

        assertThat(read).containsExactly("/a", "");
    }
}
