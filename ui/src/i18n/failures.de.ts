import type { FailureTexts } from './failures.en';

export const failuresDe: FailureTexts = {
  'failure.unknownCommand.what': 'Fenster und Kern von Waxwing haben verschiedene Versionen.',
  'failure.unknownCommand.do': 'Schließe Waxwing und starte es neu. Hilft das nicht, installiere es neu.',
  'failure.invalidRequest.what': 'Waxwing hat sich selbst missverstanden.',
  'failure.invalidRequest.do': 'Das ist unser Fehler. Die technischen Angaben helfen, ihn zu beheben.',
  'failure.forbidden.what': 'Das darfst du nicht.',
  'failure.forbidden.do': 'Frage den Betreiber deines Servers, wenn du meinst, dass du es dürfen solltest.',
  'failure.invalidAddress.what': 'Das ist keine Adresse.',
  'failure.invalidAddress.do': 'Eine Adresse hat einen Namen, ein @ und einen Server, etwa du@server.example.',
  'failure.notAuthorized.what': 'Der Server hat Adresse und Passwort nicht angenommen.',
  'failure.notAuthorized.do':
    'Prüfe beides und versuche es noch einmal. Beim Passwort zählt Groß- und Kleinschreibung.',
  'failure.passwordNeeded.what': 'Waxwing hat dein Passwort nicht.',
  'failure.passwordNeeded.do': 'Gib es ein, um dich zu verbinden.',
  'failure.alreadySignedIn.what': 'Mit dieser Adresse bist du schon angemeldet.',
  'failure.alreadySignedIn.do': 'Wähle eine andere Adresse, oder nimm die vorhandene.',
  'failure.hostNotFound.what': 'Dieser Server ist nicht zu finden.',
  'failure.hostNotFound.do': 'Prüfe den Teil nach dem @ auf Tippfehler, und ob du mit dem Internet verbunden bist.',
  'failure.endpointNotFound.what': 'Der Host in den Verbindungseinstellungen ist nicht zu finden.',
  'failure.endpointNotFound.do':
    'Prüfe ihn auf Tippfehler, oder lass ihn leer: Meist sagt die Adresse, wo der Server ist.',
  'failure.unreachable.what': 'Der Server hat die Verbindung nicht angenommen.',
  'failure.unreachable.do':
    'Vielleicht ist er außer Betrieb, oder dieses Netz sperrt ihn. Versuche es später oder in einem anderen Netz.',
  'failure.proxy.what': 'Der Proxy lässt Waxwing nicht durch.',
  'failure.proxy.do': 'Sieh nach, ob er läuft und ob Adresse und Port in den Verbindungseinstellungen stimmen.',
  'failure.needsTor.what': 'Diese Adresse ist nur durch Tor zu erreichen.',
  'failure.needsTor.do': 'Starte Tor und nenne seinen Proxy in den Verbindungseinstellungen: 127.0.0.1, Port 9050.',
  'failure.timeout.what': 'Der Server hat nicht rechtzeitig geantwortet.',
  'failure.timeout.do': 'Vielleicht ist er überlastet oder das Netz schwach. Versuche es gleich noch einmal.',
  'failure.certificate.what': 'Der Server konnte nicht beweisen, wer er ist.',
  'failure.certificate.do': 'Sieh dir sein Zertifikat an, bevor du ihm vertraust.',
  'failure.tlsFailed.what': 'Es kam keine verschlüsselte Verbindung zum Server zustande.',
  'failure.tlsFailed.do': 'Waxwing verbindet sich nie unverschlüsselt. Frage den Betreiber des Servers.',
  'failure.noMechanism.what': 'Der Server bietet keine sichere Anmeldung, die Waxwing kennt.',
  'failure.noMechanism.do': 'Bitte den Betreiber des Servers, SCRAM zu erlauben.',
  'failure.bindingLost.what':
    'Die Anmeldung ist schlechter geschützt als bisher: Jemand könnte zwischen dir und deinem Server sitzen.',
  'failure.bindingLost.do':
    'Frage den Betreiber, ob sich der Server geändert hat (er bietet kein Channel Binding mehr). Wenn ja, gib dein Passwort neu ein.',
  'failure.protocol.what': 'Der Server hat etwas Unverständliches gesagt.',
  'failure.protocol.do':
    'Prüfe, ob es ein Chat-Server ist und der Port stimmt. Die technischen Angaben sagen vielleicht mehr.',
  'failure.conflict.what': 'Ein anderes Programm hat diese Verbindung übernommen.',
  'failure.conflict.do': 'Schließe das andere, oder verbinde dich hier wieder.',
  'failure.streamEnded.what': 'Der Server hat die Verbindung beendet.',
  'failure.streamEnded.do': 'Die technischen Angaben nennen den Grund. Versuche es gleich noch einmal.',
  'failure.offline.what': 'Du bist nicht verbunden.',
  'failure.offline.do': 'Versuche es wieder, wenn die Verbindung zurück ist.',
  'failure.refused.what': 'Die Gegenseite hat abgelehnt.',
  'failure.refused.do': 'Die technischen Angaben nennen den Grund.',
  'failure.theirServerUnreachable.what': 'Der Server der Gegenseite ist nicht zu erreichen.',
  'failure.theirServerUnreachable.do':
    'Vielleicht steht er eine Weile still: versuche es später noch einmal. Prüfe auch den Teil nach dem @ auf Tippfehler.',
  'failure.notSupported.what': 'Die Gegenseite bietet das nicht an.',
  'failure.notSupported.do': 'Nichts ist kaputt: ihr Server oder Programm kann es nicht.',
  'failure.notFound.what': 'Da ist nichts.',
  'failure.notFound.do': 'Prüfe die Adresse auf Tippfehler.',
  'failure.empty.what': 'Die Nachricht ist leer.',
  'failure.empty.do': 'Schreibe erst etwas.',
  'failure.invalidStanza.what': 'Das lässt sich nicht als Stanza senden.',
  'failure.invalidStanza.do': 'Sende genau ein ganzes Element message, presence oder iq.',
  'failure.invalidFile.what': 'Diese Datei lässt sich nicht lesen.',
  'failure.invalidFile.do': 'Wähle eine, die Waxwing oder ein Server für ein Konto geschrieben hat (XEP-0227).',
  'failure.tooLong.what': 'Die Nachricht ist zu lang für den Server.',
  'failure.tooLong.do': 'Nichts ist verloren: kürze sie, oder schicke sie in Teilen.',
  'failure.registrationClosed.what': 'Auf diesem Server kann man von hier aus kein Konto anlegen.',
  'failure.registrationClosed.do': 'Sieh auf seiner Webseite nach einem anderen Weg, oder wähle einen anderen Server.',
  'failure.nameTaken.what': 'Diesen Namen hat schon jemand.',
  'failure.nameTaken.do': 'Wähle einen anderen.',
  'failure.diskFull.what': 'Der Datenträger ist voll, es konnte nichts gespeichert werden.',
  'failure.diskFull.do': 'Schaffe Platz und versuche es noch einmal.',
  'failure.databaseTooNew.what': 'Deine Nachrichten wurden von einem neueren Waxwing gespeichert.',
  'failure.databaseTooNew.do': 'Installiere wieder die neuere Version. Nichts wurde verändert.',
  'failure.databaseDamaged.what': 'Die Datei mit deinen Nachrichten ist beschädigt.',
  'failure.databaseDamaged.do':
    'Waxwing hat sie gelassen, wie sie ist. Hole sie aus einer Sicherung zurück, oder verschiebe sie, um neu zu beginnen.',
  'failure.storage.what': 'Deine Daten konnten nicht gelesen oder geschrieben werden.',
  'failure.storage.do': 'Prüfe, ob der Datenträger arbeitet und in den Datenordner geschrieben werden darf.',
  'failure.keyring.what': 'Der Schlüsselbund des Systems hat das Passwort nicht herausgegeben.',
  'failure.keyring.do':
    'Er ist gesperrt oder hat abgelehnt. Entsperre ihn und versuche es noch einmal, oder gib das Passwort hier ein.',
  'failure.passwordNotKept.what': 'Der Schlüsselbund des Systems hat das Passwort nicht angenommen.',
  'failure.passwordNotKept.do':
    'Du bist angemeldet, und Waxwing fragt beim nächsten Start danach. Entsperre den Schlüsselbund, oder lass Waxwing eine Datei benutzen: Einstellungen, Konten.',
  'failure.secretNotRemoved.what': 'Der Schlüsselbund des Systems hat das Passwort des Kontos nicht gelöscht.',
  'failure.secretNotRemoved.do':
    'In Waxwing ist das Konto weg. Entferne im Programm des Schlüsselbunds die Einträge von Waxwing, die noch da sind.',
  'failure.inUse.what': 'Ein anderes Waxwing hat diese Daten geöffnet.',
  'failure.inUse.do':
    'Zwei zugleich würden deine Nachrichten beschädigen. Nimm das Fenster, das schon offen ist, oder beende jenes zuerst.',
  'failure.readOnly.what': 'Waxwing darf nicht in seinen Datenordner schreiben.',
  'failure.readOnly.do':
    'Der Ordner oder sein Datenträger lässt sich nur lesen, keine Nachricht könnte bleiben. Erlaube das Schreiben und starte Waxwing neu.',
  'failure.invalidLink.what': 'Dieser Link ergibt keinen Sinn.',
  'failure.invalidLink.do':
    'Er ist beschädigt, oder keiner zu einer Person oder einem Raum. Frage den, von dem du ihn hast, nach der Adresse.',
  'failure.tooManyLinks.what': 'Zu viele Links wurden auf einmal geöffnet.',
  'failure.tooManyLinks.do':
    'Damit dich nichts überfluten kann, blieben die übrigen liegen. Öffne einzeln, welche du möchtest.',
  'failure.inCall.what': 'Du bist schon in einem Gespräch.',
  'failure.inCall.do': 'Beende es zuerst.',
  'failure.cannotBeCalled.what': 'Keines ihrer Geräte nimmt Anrufe an.',
  'failure.cannotBeCalled.do': 'Schreibe ihnen, oder bitte sie um ein Programm, das angerufen werden kann.',
  'failure.noCallsOverProxy.what': 'Dieses Konto ist über einen Proxy verbunden, der keine Anrufe trägt.',
  'failure.noCallsOverProxy.do': 'Anrufe gingen am Proxy vorbei und zeigten, wo du bist. Deshalb macht Waxwing keine.',
  'failure.noCamera.what': 'Die Kamera lässt sich nicht benutzen.',
  'failure.noCamera.do':
    'Sieh nach, ob sie eingesteckt ist und kein anderes Programm sie benutzt, oder wähle in den Einstellungen unter Anrufe eine andere.',
  'failure.noScreen.what': 'Dieser Bildschirm oder dieses Fenster lässt sich nicht zeigen.',
  'failure.noScreen.do': 'Vielleicht wurde es geschlossen. Wähle etwas anderes.',
  'failure.noMicrophone.what': 'Kein Mikrofon lässt sich benutzen.',
  'failure.noMicrophone.do':
    'Sieh nach, ob eines eingesteckt ist und das System es Waxwing erlaubt, oder wähle in den Einstellungen unter Anrufe ein anderes.',
  'failure.noWayForFiles.what': 'Es gibt keinen Weg, ihnen eine Datei zu senden.',
  'failure.noWayForFiles.do':
    'Dein Server nimmt keine Dateien an, und keines ihrer Geräte gerade auch. Versuche es, wenn sie online sind, oder frage den Betreiber deines Servers.',
  'failure.fileTooLarge.what': 'Die Datei ist größer, als dein Server annimmt.',
  'failure.fileTooLarge.do':
    'Sind sie online, kann sie direkt zu ihnen gehen: versuche es dann noch einmal. Oder mach sie kleiner, oder sende sie in Teilen.',
  'failure.fileNotAsPromised.what': 'Es kamen andere Bytes als versprochen, deshalb blieb nichts von der Datei.',
  'failure.fileNotAsPromised.do': 'Versuche es noch einmal. Geschieht es wieder, bitte sie, die Datei neu zu senden.',
  'failure.fileForged.what':
    'Die Datei ließ sich nicht entschlüsseln: sie wurde unterwegs verändert, oder der Schlüssel passt nicht.',
  'failure.fileForged.do': 'Nichts davon blieb. Bitte sie, sie noch einmal zu senden.',
  'failure.fileGone.what': 'Die Datei ist nicht mehr da.',
  'failure.fileGone.do':
    'Sie wurde gelöscht oder verschoben, oder der Server hob sie nur eine Zeit lang auf. Lass sie noch einmal senden.',
  'failure.fileChanged.what': 'Die Datei änderte sich, während sie gesendet wurde.',
  'failure.fileChanged.do': 'Warte, bis nichts mehr in sie schreibt, und sende sie noch einmal.',
  'failure.notAFile.what': 'Das ist keine Datei, die sich senden lässt.',
  'failure.notAFile.do':
    'Wähle eine gewöhnliche Datei, die du lesen darfst, oder einen Ordner mit dem Knopf neben dem Text.',
  'failure.folderTooLarge.what': 'In diesem Ordner ist mehr, als sich packen lässt.',
  'failure.folderTooLarge.do':
    'Sende seine Teile einzeln, oder packe ihn mit einem anderen Programm und sende, was dabei herauskommt.',
  'failure.unsafeLink.what': 'Die Adresse der Datei führt in ein privates Netz oder ist nicht verschlüsselt.',
  'failure.unsafeLink.do':
    'Waxwing folgt ihr nicht, damit dich niemand ausspäht. Bitte sie, sie auf einem anderen Weg zu senden.',
  'failure.serviceFull.what': '{host} hat keinen Platz mehr für deine Dateien.',
  'failure.serviceFull.do':
    'Ältere verschwinden nach einiger Zeit von selbst. Versuche es später, sende die Datei direkt, oder frage den Betreiber des Dienstes.',
  'failure.serviceBusy.what': '{host} ist im Augenblick überlastet.',
  'failure.serviceBusy.do': 'Versuche es in ein paar Minuten noch einmal.',
  'failure.serviceSilent.what': '{host} antwortet nicht mehr.',
  'failure.serviceSilent.do':
    'Nichts ging weiter, also wurde er nach einer Minute verlassen. Versuche es noch einmal, jetzt oder später, oder sende die Datei direkt.',
  'failure.serviceRefused.what': '{host} hat abgelehnt.',
  'failure.serviceRefused.do':
    'Vielleicht hat er sie gelöscht, oder er nimmt diese Art nicht. Die technischen Angaben sagen, was er antwortete.',
  'failure.interrupted.what': 'Die Datei ist unterwegs stehen geblieben.',
  'failure.interrupted.do': 'Versuche es noch einmal: sie geht weiter, wo sie stehen blieb.',
  'failure.noWay.what': 'Zwischen euch beiden wurde kein Weg gefunden.',
  'failure.noWay.do':
    'Vielleicht sperrt ein Netz auf einer Seite ihn. Versuche es noch einmal oder in einem anderen Netz.',
  'failure.declinedByThem.what': 'Sie haben die Datei nicht angenommen.',
  'failure.declinedByThem.do': 'Frage sie zuerst, und sende sie dann noch einmal.',
  'failure.cancelled.what': 'Du wolltest die Datei nicht oder hast sie angehalten.',
  'failure.cancelled.do': 'Versuche es noch einmal, wenn du sie doch willst.',
  'failure.overQuota.what': 'Dateien dürfen auf diesem Computer nicht mehr Platz einnehmen.',
  'failure.overQuota.do':
    'Erlaube in den Einstellungen unter Dateien mehr, oder entferne Nachrichten mit Dateien, die du nicht mehr brauchst.',
  'failure.unreadablePhoto.what':
    'Aus einer solchen Datei lässt sich nicht herausnehmen, was das Foto über Kamera und Ort verrät.',
  'failure.unreadablePhoto.do':
    'Sende es, wie es ist, wenn dich das nicht stört, oder speichere es mit einem anderen Programm neu.',
  'failure.noDesktop.what': 'Dieser Desktop bietet das nicht.',
  'failure.noDesktop.do':
    'Der Teil des Desktops, der es täte, fehlt oder antwortet nicht. Starte oder installiere ihn und versuche es noch einmal.',
  'failure.noDemo.what': 'Die Vorführung gehört nicht zu dieser Installation.',
  'failure.noDemo.do': 'Melde dich mit einer Adresse an, oder lege ein Konto an.',
  'failure.internal.what': 'In Waxwing ist etwas schiefgegangen.',
  'failure.internal.do':
    'Das ist unser Fehler. Versuche es noch einmal; die technischen Angaben helfen, ihn zu beheben.',
};
