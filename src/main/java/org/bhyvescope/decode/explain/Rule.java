package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.function.Function;

/**
 * A small rule: looks at the facts and says by what it sees a finding, whose words are a row of {@code findings.tsv}.
 *
 * @param id the finding
 * @param ofVm looks at the text as a whole; empty evidence: not found
 * @param ofVcpu looks at one vCPU
 */
record Rule(String id, Function<Case, List<String>> ofVm, Function<VcpuCase, List<String>> ofVcpu) {
    static Rule vm(String id, Function<Case, List<String>> test) {
        return new Rule(id, test, vcpu -> Evidence.NONE);
    }

    static Rule vcpu(String id, Function<VcpuCase, List<String>> test) {
        return new Rule(id, whole -> Evidence.NONE, test);
    }
}
