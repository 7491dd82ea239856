package org.bhyvescope.os;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The Java virtual machine that a reader runs in.
 *
 * @param java the program {@code java}
 * @param classPath of the reader, in the form of {@code -cp}
 * @param properties system properties, each as {@code name=value}
 * @param errorFile where the JVM writes its report if native code crashes, in the form of {@code -XX:ErrorFile}; empty: nowhere
 */
public record ReaderJvm(Path java, String classPath, List<String> properties, Optional<String> errorFile) {
    /** What decides which C library is called, and where JNA finds or puts its own. */
    private static final List<String> INHERITED = List.of(
            "bhyvescope.libc",
            "java.io.tmpdir",
            "jna.boot.library.path",
            "jna.noclasspath",
            "jna.nosys",
            "jna.nounpack",
            "jna.tmpdir");

    public ReaderJvm {
        properties = List.copyOf(properties);
    }

    /** One like that of this program, with the same classes. */
    public static ReaderJvm likeThisOne(Optional<String> errorFile) {
        List<String> properties = new ArrayList<>();
        for (String name : INHERITED) {
            String value = System.getProperty(name);
            if (value != null) {
                properties.add(name + "=" + value);
            }
        }
        return new ReaderJvm(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                properties,
                errorFile);
    }
}
