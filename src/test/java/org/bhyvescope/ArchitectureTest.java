package org.bhyvescope;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.Timer;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the arrows and the single places of design.md §1. */
class ArchitectureTest {
    private static final String ROOT = "org.bhyvescope";
    private static final String CLI = ROOT + ".cli..";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    private static String packageOf(String name) {
        return ROOT + "." + name + "..";
    }

    @ParameterizedTest
    @CsvSource({
        "dump, ''",
        "libc, ''",
        "os, libc",
        "decode, dump",
        "host, os libc",
        "hypervisor, dump os libc",
        "sampling, hypervisor host decode dump os",
        "capture, sampling hypervisor host decode dump os",
        "metrics, sampling decode dump host hypervisor os libc",
        "web, metrics sampling decode dump hypervisor",
        "cli, web metrics capture sampling hypervisor host decode dump os libc",
    })
    void aPackageDependsOnlyOnThoseBelowIt(String name, String allowed) {
        DescribedPredicate<JavaClass> others = resideInAPackage(ROOT + "..");
        for (String each : (allowed + " " + name).strip().split(" ", -1)) {
            others = others.and(resideOutsideOfPackage(packageOf(each)));
        }

        noClasses()
                .that()
                .resideInAPackage(packageOf(name))
                .should()
                .dependOnClassesThat(others.as("our other packages"))
                .check(CLASSES);
    }

    @Test
    void thereIsNoPackageWithoutARule() {
        Set<String> found = CLASSES.stream()
                .map(JavaClass::getPackageName)
                .map(name ->
                        name.substring(ROOT.length()).replaceFirst("^\\.", "").replaceFirst("\\..*", ""))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(found)
                .containsExactly(
                        "capture",
                        "cli",
                        "decode",
                        "dump",
                        "host",
                        "hypervisor",
                        "libc",
                        "metrics",
                        "os",
                        "sampling",
                        "web");
    }

    @Test
    void nothingDependsOnCli() {
        noClasses()
                .that()
                .resideOutsideOfPackage(CLI)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(CLI)
                .check(CLASSES);
    }

    @Test
    void processesAreStartedInTwoPlacesOnly() {
        only(
                "start processes",
                access -> isCallOf(access, "java.lang.Runtime", "exec")
                        || access.getTargetOwner().isEquivalentTo(ProcessBuilder.class),
                "os.Children",
                "cli.DemoPrometheus");
    }

    @Test
    void nativeCodeIsCalledInLibcOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage(packageOf("libc"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(CLASSES);
        assertThat(CLASSES.stream()
                        .flatMap(c -> c.getMethods().stream())
                        .filter(m -> m.getModifiers().contains(JavaModifier.NATIVE))
                        .map(m -> m.getOwner().getPackageName())
                        .filter(name -> !name.equals(ROOT + ".libc")))
                .isEmpty();
    }

    @Test
    void ioctlAndSysctlAreCalledByTheirAllowListsOnly() {
        assertThat(violators(access -> isCallOf(access, ROOT + ".libc.Libc", "ioctl")))
                .containsExactly("libc.VmmDevice");
        assertThat(violators(access -> isCallOf(access, ROOT + ".libc.Libc", "sysctlbyname")))
                .containsExactly("libc.Sysctls");
        assertThat(violators(access -> isCallOf(access, ROOT + ".libc.Libc", "sysctl")))
                .containsExactly("libc.ProcessSysctls");
        assertThat(violators(access -> isCallOf(access, ROOT + ".libc.Libc", "kqueue")
                        || isCallOf(access, ROOT + ".libc.Libc", "kevent")))
                .containsExactly("libc.Kqueue");
    }

    @Test
    void threadsAreMadeInTheSchedulesTheWebServerAndCliOnly() {
        only(
                "make threads or executors",
                ArchitectureTest::makesThreads,
                "sampling.Scheduler",
                "sampling.StateSchedule",
                "sampling.HostSchedule",
                "capture.FlightRecorder",
                "web.WebServer",
                "cli.");
    }

    private static boolean makesThreads(JavaAccess<?> access) {
        JavaClass owner = access.getTargetOwner();
        boolean constructs = access.getTarget().getName().equals("<init>");
        return (constructs
                        && (owner.isAssignableTo(Thread.class)
                                || owner.isAssignableTo(Executor.class)
                                || owner.isAssignableTo(Timer.class)))
                || owner.isEquivalentTo(Executors.class)
                || owner.isEquivalentTo(CompletableFuture.class)
                || access.getTarget().getName().equals("parallelStream")
                || isCallOf(access, "java.util.concurrent.ForkJoinPool", "commonPool");
    }

    @Test
    void theSystemsClocksAndStreamsAreUsedInCliAndByTheReaderOnly() {
        List<String> clocks = List.of("currentTimeMillis", "nanoTime", "out", "err", "in");
        only(
                "use the system's clocks or streams",
                access -> (access.getTargetOwner().isEquivalentTo(System.class)
                                && clocks.contains(access.getTarget().getName()))
                        || (access.getTargetOwner().getPackageName().equals("java.time")
                                && List.of("now", "systemUTC", "systemDefaultZone", "system")
                                        .contains(access.getTarget().getName())),
                "cli.",
                "hypervisor.vmmdev.ReaderMain");
    }

    @Test
    void nobodyLogsThroughJavaUtilLogging() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging..")
                .check(CLASSES);
    }

    @Test
    void theRulesSeeMethodReferencesAndWhatIsAllowedToday() {
        assertThat(violators(access -> isCallOf(access, "java.lang.System", "nanoTime")))
                .as("the sampling's clock is System::nanoTime")
                .contains("cli.Sampling");
        assertThat(violators(ArchitectureTest::makesThreads))
                .contains("sampling.Scheduler", "web.WebServer", "cli.DemoHost");
        assertThat(violators(access -> access.getTargetOwner().isEquivalentTo(ProcessBuilder.class)))
                .containsExactly("cli.DemoPrometheus", "os.Children");
    }

    private static boolean isCallOf(JavaAccess<?> access, String owner, String name) {
        return access.getTargetOwner().getName().equals(owner)
                && access.getTarget().getName().equals(name);
    }

    /** Top-level classes, without the root package, that do so. */
    private static Set<String> violators(Predicate<JavaAccess<?>> forbidden) {
        return CLASSES.stream()
                .filter(c -> accesses(c).stream().anyMatch(forbidden))
                .map(ArchitectureTest::topLevel)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String topLevel(JavaClass c) {
        return c.getName().substring(ROOT.length() + 1).replaceFirst("\\$.*", "");
    }

    /** Calls, field accesses and references of methods and constructors. */
    private static List<JavaAccess<?>> accesses(JavaClass c) {
        List<JavaAccess<?>> all = new ArrayList<>(c.getAccessesFromSelf());
        for (JavaCodeUnit unit : c.getCodeUnits()) {
            all.addAll(unit.getMethodReferencesFromSelf());
            all.addAll(unit.getConstructorReferencesFromSelf());
        }
        return all;
    }

    /** Only classes whose name begins so, without the root package, may do this. */
    private static void only(String what, Predicate<JavaAccess<?>> forbidden, String... places) {
        noClasses()
                .that(describe(
                        "are not " + List.of(places),
                        c -> Arrays.stream(places)
                                .noneMatch(place -> place.endsWith(".")
                                        ? topLevel(c).startsWith(place)
                                        : topLevel(c).equals(place))))
                .should(new ArchCondition<>(what) {
                    @Override
                    public void check(JavaClass c, ConditionEvents events) {
                        for (JavaAccess<?> access : accesses(c)) {
                            events.add(new SimpleConditionEvent(c, forbidden.test(access), access.getDescription()));
                        }
                    }
                })
                .check(CLASSES);
    }
}
