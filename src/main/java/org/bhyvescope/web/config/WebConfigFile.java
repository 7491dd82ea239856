package org.bhyvescope.web.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads a web configuration file and all files that it names. */
public final class WebConfigFile {
    private static final String TLS = "tls_server_config";
    private static final String USERS = "basic_auth_users";

    private WebConfigFile() {}

    /** What came of reading one. */
    public sealed interface Reading {}

    /**
     * A good one.
     *
     * @param warnings what is allowed but hardly meant, a line each
     */
    public record Good(Path file, WebConfig config, List<String> warnings) implements Reading {
        public Good {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * One that is not taken.
     *
     * @param problems everything that is wrong, a line each: file, line, key, rule, remedy
     */
    public record Refused(List<String> problems) implements Reading {
        public Refused {
            problems = List.copyOf(problems);
        }
    }

    /**
     * Reads and judges.
     *
     * @param nanoTime to see how long the check of a password takes
     */
    public static Reading read(Path file, LongSupplier nanoTime) {
        Judgement judgement = new Judgement(file);
        Optional<WebConfig> config = text(file, judgement)
                .flatMap(text -> root(text, judgement))
                .map(root -> judged(root, judgement, nanoTime));
        if (config.isEmpty() || !judgement.problems().isEmpty()) {
            return new Refused(judgement.problems());
        }
        if (config.get().tls().isEmpty() && config.get().users().isEmpty()) {
            judgement.warn("has neither tls_server_config nor basic_auth_users: everybody may read, over plain HTTP");
        }
        if (!config.get().users().isEmpty() && TextFile.isOpenToAll(file)) {
            judgement.warn("is open to every user of this host, who can guess at its passwords; chmod 0640 it");
        }
        return new Good(file, config.get(), judgement.warnings());
    }

    private static Optional<String> text(Path file, Judgement judgement) {
        try {
            return Optional.of(TextFile.read(file));
        } catch (BadFileException e) {
            judgement.refuse(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** The file's mapping; an empty file has an empty one. */
    private static Optional<Section> root(String text, Judgement judgement) {
        try {
            Optional<Node> node = new Compose(LoadSettings.builder().build()).composeString(text);
            return node.isPresent() ? Section.of("", node.get(), judgement) : Optional.of(Section.empty(judgement));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            judgement.refuse(line, "not YAML", e.getProblem());
        } catch (YamlEngineException e) {
            judgement.refuse("is not YAML: " + e.getMessage());
        }
        return Optional.empty();
    }

    private static WebConfig judged(Section root, Judgement judgement, LongSupplier nanoTime) {
        root.allow(Set.of(TLS, USERS));
        Optional<TlsConfig> tls = root.entry(TLS)
                .flatMap(entry -> Section.of(TLS, entry.value(), judgement)
                        .flatMap(section -> new TlsSection(section, judgement, entry.line()).judge()));
        Map<String, String> users = root.entry(USERS)
                .flatMap(entry -> Section.of(USERS, entry.value(), judgement))
                .map(section -> new UsersSection(section, judgement, nanoTime).judge())
                .orElse(Map.of());
        if (root.entry(USERS).isPresent()
                && users.isEmpty()
                && judgement.problems().isEmpty()) {
            judgement.refuse(root.line(USERS), USERS, "names no user; remove it if everybody may read");
        }
        return new WebConfig(tls, users);
    }
}
