package org.bhyvescope.web.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Everything that is wrong with a web configuration file, and what is doubtful, so that it is said all at once. */
final class Judgement {
    private final Path file;
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    Judgement(Path file) {
        this.file = file;
    }

    /** A key breaks a rule. */
    void refuse(int line, String key, String rule) {
        problems.add(at(line, key) + rule);
    }

    /** The file itself is no such file. */
    void refuse(String rule) {
        problems.add(file + ": " + rule);
    }

    /** A key is allowed, but hardly meant. */
    void warn(int line, String key, String doubt) {
        warnings.add(at(line, key) + doubt);
    }

    void warn(String doubt) {
        warnings.add(file + ": " + doubt);
    }

    private String at(int line, String key) {
        return file + ":" + line + ": " + key + ": ";
    }

    /** Relative names are relative to the file's folder. */
    Path resolve(String name) {
        return file.resolveSibling(name);
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }
}
