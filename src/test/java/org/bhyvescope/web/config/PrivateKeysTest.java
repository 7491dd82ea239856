package org.bhyvescope.web.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Base64;
import org.bhyvescope.TestCa;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys as openssl(1) writes them; what one signs the certificate of openssl's making verifies. */
class PrivateKeysTest {
    @TempDir
    Path directory;

    private String made(String command) throws Exception {
        TestCa.openssl(directory, command.split(" ", -1));
        return Files.readString(directory.resolve("key"));
    }

    @ParameterizedTest
    @CsvSource({
        "RSA, BEGIN PRIVATE KEY, genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key",
        "RSA, BEGIN RSA PRIVATE KEY, genrsa -traditional -out key 2048",
        "RSASSA-PSS, BEGIN PRIVATE KEY, genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out key",
        "EC, BEGIN PRIVATE KEY, genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key",
        "EC, BEGIN EC PRIVATE KEY, ecparam -genkey -name prime256v1 -out key",
        "EC, BEGIN EC PRIVATE KEY, ecparam -genkey -name secp521r1 -noout -out key",
        "EdDSA, BEGIN PRIVATE KEY, genpkey -algorithm ED25519 -out key",
    })
    void aKeyOfEachFormBelongsToItsCertificateAndToNoOther(String algorithm, String form, String command)
            throws Exception {
        String text = made(command);
        assertThat(text).contains(form);
        TestCa.openssl(directory, "req -x509 -key key -subj /CN=own -out own.pem".split(" ", -1));
        TestCa other = new TestCa(directory, "other");

        PrivateKey key = PrivateKeys.of(text);
        assertThat(key.getAlgorithm()).isEqualTo(algorithm);
        var own = Certificates.of(Files.readString(directory.resolve("own.pem")))
                .get(0)
                .getPublicKey();
        assertThat(Certificates.belongs(key, own)).isTrue();
        var others = Certificates.of(Files.readString(other.pem())).get(0).getPublicKey();
        assertThat(Certificates.belongs(key, others)).isFalse();
    }

    @Test
    void aKeyThatFollowsItsCertificateInOneFileIsFound() throws Exception {
        String key = made("genpkey -algorithm ED25519 -out key");
        TestCa ca = new TestCa(directory, "ca");
        assertThat(PrivateKeys.of(Files.readString(ca.pem()) + "a comment\r\n" + key.replace("\n", "\r\n"))
                        .getAlgorithm())
                .isEqualTo("EdDSA");
    }

    @ParameterizedTest
    @CsvSource({
        "ENCRYPTED PRIVATE KEY, holds an encrypted private key (PKCS#8), genpkey -algorithm ED25519 -aes128 -pass pass:abcd -out key",
        "Proc-Type, holds an encrypted private key (RSA PRIVATE KEY), genrsa -traditional -aes128 -passout pass:abcd -out key 2048",
    })
    void anEncryptedKeyIsRefusedByName(String form, String message, String command) throws Exception {
        String text = made(command);
        assertThat(text).contains(form);
        assertThatThrownBy(() -> PrivateKeys.of(text))
                .isInstanceOf(BadFileException.class)
                .hasMessageStartingWith(message)
                .hasMessageContaining("openssl pkey");
    }

    @Test
    void whatIsNoKeyIsRefusedWithWhatItShouldBe() throws Exception {
        TestCa ca = new TestCa(directory, "ca");
        refused(Files.readString(ca.pem()), "holds no private key");
        refused("", "holds no private key");
        refused(
                "-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n",
                "of the form DSA PRIVATE KEY");
        refused("-----BEGIN PRIVATE KEY-----\nAAAA\n", "has no end of its PRIVATE KEY");
        refused("-----BEGIN PRIVATE KEY-----\n$$$$\n-----END PRIVATE KEY-----\n", "that is no base64");
        refused("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "damaged");
        String key = made("genpkey -algorithm ED25519 -out key");
        refused(key + key, "holds 2 private keys");
        refused(made("genpkey -algorithm X25519 -out key"), "is not RSA, EC, Ed25519 or Ed448");
    }

    private static void refused(String text, String message) {
        assertThatThrownBy(() -> PrivateKeys.of(text))
                .isInstanceOf(BadFileException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key",
        "ecparam -genkey -name prime256v1 -noout -out key",
        "genrsa -traditional -out key 1024",
    })
    void aKeyCutAtEveryByteIsRefusedOrTakenAndNothingElseIsThrown(String command) throws Exception {
        Pem whole = Pem.blocks(made(command)).get(0);
        int refused = 0;
        for (int length = 0; length < whole.der().length; length++) {
            String cut = Base64.getMimeEncoder().encodeToString(Arrays.copyOf(whole.der(), length));
            String text = "-----BEGIN " + whole.label() + "-----\n" + cut + "\n-----END " + whole.label() + "-----\n";
            try {
                PrivateKeys.of(text);
            } catch (BadFileException e) {
                refused++;
            }
        }
        assertThat(PrivateKeys.of(Files.readString(directory.resolve("key")))).isNotNull();
        assertThat(refused).isEqualTo(whole.der().length);
    }
}
