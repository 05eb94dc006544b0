"""The things the model learns to draw, and the words people call them by.

`CURRICULUM` holds the things most worth prompting for, as `drawing=word|word`: a thing's first
word is its usual one; `SYNONYMS` adds more. `everything()` reads all named things from
emojibase-data (MIT) instead: about 900, for a longer training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

CURRICULUM = """
cat-face=cat|kitten; dog-face=dog|puppy; fox=fox; bear=bear; panda=panda; koala=koala
tiger-face=tiger; lion=lion; cow-face=cow; pig-face=pig; frog=frog; monkey-face=monkey
rabbit-face=rabbit|bunny; mouse-face=mouse; hamster=hamster; wolf=wolf; horse-face=horse
unicorn=unicorn; dragon-face=dragon; chicken=chicken; penguin=penguin; bird=bird
baby-chick=chick; duck=duck; owl=owl; eagle=eagle; swan=swan; flamingo=flamingo; parrot=parrot
peacock=peacock; turtle=turtle; snake=snake; crocodile=crocodile; t-rex=dinosaur; fish=fish
tropical-fish=tropical fish; blowfish=pufferfish; shark=shark; dolphin=dolphin; whale=whale
octopus=octopus; crab=crab; lobster=lobster; snail=snail; butterfly=butterfly
honeybee=bee|honeybee; lady-beetle=ladybug|ladybird; spider=spider; ant=ant; elephant=elephant
giraffe=giraffe; zebra=zebra; camel=camel; ewe=sheep; deer=deer; hedgehog=hedgehog; bat=bat
kangaroo=kangaroo; gorilla=gorilla; rhinoceros=rhinoceros|rhino

red-apple=apple; green-apple=green apple; pear=pear; tangerine=orange|tangerine; lemon=lemon
banana=banana; watermelon=watermelon; grapes=grapes; strawberry=strawberry; cherries=cherries
peach=peach; pineapple=pineapple; mango=mango; kiwi-fruit=kiwi; tomato=tomato; coconut=coconut
avocado=avocado; carrot=carrot; broccoli=broccoli; ear-of-corn=corn; mushroom=mushroom
potato=potato; eggplant=eggplant|aubergine; hot-pepper=chili pepper; cucumber=cucumber
onion=onion; bread=bread; croissant=croissant; pretzel=pretzel; cheese-wedge=cheese; egg=egg
pancakes=pancakes; hamburger=hamburger|burger; french-fries=fries; pizza=pizza; hot-dog=hot dog
sandwich=sandwich; taco=taco; sushi=sushi; spaghetti=spaghetti|pasta; popcorn=popcorn
doughnut=doughnut|donut; cookie=cookie; birthday-cake=birthday cake; shortcake=cake
cupcake=cupcake; pie=pie; chocolate-bar=chocolate; candy=candy; lollipop=lollipop
ice-cream=ice cream; soft-ice-cream=ice cream cone; honey-pot=honey
hot-beverage=coffee|cup of coffee; teapot=teapot; wine-glass=wine|glass of wine; beer-mug=beer
cocktail-glass=cocktail; glass-of-milk=milk

rose=rose; tulip=tulip; sunflower=sunflower; cherry-blossom=cherry blossom; hibiscus=hibiscus
blossom=flower|blossom; bouquet=bouquet; evergreen-tree=pine tree|fir tree; deciduous-tree=tree
palm-tree=palm tree; cactus=cactus; potted-plant=potted plant; seedling=seedling; herb=herb
four-leaf-clover=clover; maple-leaf=maple leaf; fallen-leaf=autumn leaf
christmas-tree=christmas tree

automobile=car|automobile; taxi=taxi; sport-utility-vehicle=suv; bus=bus; police-car=police car
ambulance=ambulance; fire-engine=fire truck; delivery-truck=truck; tractor=tractor
racing-car=racing car; motorcycle=motorcycle; bicycle=bicycle|bike; kick-scooter=scooter
locomotive=train|steam train; high-speed-train=fast train; airplane=airplane|plane
helicopter=helicopter; rocket=rocket; flying-saucer=ufo|flying saucer; sailboat=sailboat|boat
ship=ship; canoe=canoe; anchor=anchor; parachute=parachute

house=house; house-with-garden=house with a garden; hut=hut; castle=castle; church=church
factory=factory; hospital=hospital; school=school; office-building=office building; tent=tent
ferris-wheel=ferris wheel; statue-of-liberty=statue of liberty; tokyo-tower=tower

mountain=mountain; snow-capped-mountain=snowy mountain; volcano=volcano
desert-island=desert island; sun=sun; sun-with-face=smiling sun
crescent-moon=moon|crescent moon; full-moon=full moon; star=star; glowing-star=glowing star
cloud=cloud; cloud-with-rain=rain cloud; cloud-with-lightning=thunder cloud; rainbow=rainbow
snowflake=snowflake; snowman=snowman; umbrella=umbrella; high-voltage=lightning; fire=fire|flame
droplet=drop of water; water-wave=wave; tornado=tornado; ringed-planet=planet|saturn
globe-showing-europe-africa=earth; comet=comet

balloon=balloon; wrapped-gift=gift|present; soccer-ball=football|soccer ball
basketball=basketball; tennis=tennis ball; baseball=baseball; trophy=trophy
artist-palette=palette; crystal-ball=crystal ball; teddy-bear=teddy bear; kite=kite
game-die=dice; jack-o-lantern=pumpkin|halloween pumpkin; crown=crown; top-hat=hat|top hat
glasses=glasses; sunglasses=sunglasses; t-shirt=shirt; dress=dress; jeans=jeans; socks=socks
scarf=scarf; gloves=gloves; running-shoe=shoe; high-heeled-shoe=high heel; backpack=backpack
handbag=handbag; ring=ring; gem-stone=diamond|gem; guitar=guitar; violin=violin; trumpet=trumpet
drum=drum; bell=bell; musical-note=musical note; camera=camera; television=television|tv
laptop=laptop|computer; mobile-phone=phone; telephone=telephone; light-bulb=light bulb|lamp
candle=candle; alarm-clock=alarm clock|clock; hourglass-done=hourglass; watch=watch; key=key
old-key=old key; locked=lock; hammer=hammer; wrench=wrench; axe=axe; crossed-swords=swords
dagger=dagger; shield=shield; bow-and-arrow=bow and arrow; bomb=bomb; scissors=scissors
pencil=pencil; crayon=crayon; paintbrush=brush|paintbrush; open-book=open book; closed-book=book
books=books; envelope=letter|envelope; scroll=scroll
magnifying-glass-tilted-left=magnifying glass; microscope=microscope; telescope=telescope
magnet=magnet; test-tube=test tube; chair=chair; bed=bed; door=door; window=window
couch-and-lamp=couch; bathtub=bathtub; broom=broom; basket=basket; money-bag=bag of money
coin=coin

red-heart=heart; blue-heart=blue heart; green-heart=green heart; purple-heart=purple heart
yellow-heart=yellow heart; broken-heart=broken heart; grinning-face=smiling face|smiley
slightly-smiling-face=happy face; smiling-face-with-sunglasses=face with sunglasses
smiling-face-with-heart-eyes=face with heart eyes; winking-face=winking face
crying-face=crying face; frowning-face=sad face; angry-face=angry face
face-with-open-mouth=surprised face; sleeping-face=sleeping face; nerd-face=face with glasses
smiling-face-with-horns=devil; smiling-face-with-halo=angel; clown-face=clown
cowboy-hat-face=cowboy; robot=robot; alien=alien; ghost=ghost; skull=skull; goblin=goblin
eye=eye
"""

# Other words that people type for them, chosen from emojibase's keywords and from plain speech.
SYNONYMS = """
cat-face=kitty; dog-face=pup|doggy; bear=grizzly; pig-face=piglet; horse-face=pony; chicken=hen
baby-chick=baby chicken; turtle=tortoise; snake=serpent; crocodile=alligator
t-rex=t-rex|tyrannosaurus; honeybee=bumblebee; lady-beetle=beetle; ewe=lamb
hamburger=cheeseburger; french-fries=french fries|chips; hot-dog=hotdog; cookie=biscuit
ear-of-corn=maize; hot-pepper=chilli; beer-mug=mug of beer; cocktail-glass=martini
hot-beverage=tea|cup of tea|hot drink; mushroom=toadstool; soft-ice-cream=soft ice cream
shortcake=slice of cake|piece of cake; candy=sweet|bonbon; evergreen-tree=evergreen|spruce
deciduous-tree=oak|leafy tree; palm-tree=palm; seedling=sprout
four-leaf-clover=four leaf clover|shamrock; taxi=cab; sport-utility-vehicle=jeep
fire-engine=fire engine; delivery-truck=lorry|delivery truck; racing-car=race car
motorcycle=motorbike; kick-scooter=kick scooter; locomotive=locomotive
high-speed-train=bullet train; airplane=aeroplane|jet; helicopter=chopper
rocket=spaceship|space rocket; sailboat=sailing boat|yacht; ship=ocean liner|cruise ship
canoe=kayak; house=home|cottage; hut=cabin; castle=palace; church=chapel
office-building=skyscraper; tent=camping tent; desert-island=island|tropical island; sun=sunshine
glowing-star=shining star; cloud-with-rain=rainy cloud; cloud-with-lightning=storm cloud
high-voltage=thunderbolt; droplet=water drop|raindrop; water-wave=ocean wave|sea wave
tornado=whirlwind; globe-showing-europe-africa=globe|planet earth|world; trophy=prize
artist-palette=paint palette; teddy-bear=teddy; game-die=die; glasses=spectacles|eyeglasses
t-shirt=t-shirt; dress=gown; jeans=trousers|pants; running-shoe=sneaker|running shoe
backpack=rucksack|schoolbag; handbag=purse; ring=engagement ring; gem-stone=jewel; violin=fiddle
laptop=notebook computer; mobile-phone=smartphone|cell phone; light-bulb=bulb
hourglass-done=sand timer; watch=wristwatch; locked=padlock; wrench=spanner; axe=hatchet
crossed-swords=crossed swords; dagger=knife; envelope=mail|email; couch-and-lamp=sofa
broom=broomstick; red-heart=love heart; grinning-face=laughing face|grinning face
slightly-smiling-face=smile; frowning-face=frowning face; crying-face=tearful face
angry-face=mad face; face-with-open-mouth=shocked face; sleeping-face=sleepy face
smiling-face-with-horns=demon; gorilla=ape; eye=eyeball; money-bag=money bag; teapot=tea pot
snowman=snow man; pineapple=ananas; mouse-face=little mouse
"""

# emojibase groups of things one can point at: nature, food, places, activities, objects.
THING_GROUPS = frozenset({3, 4, 5, 6, 7})


@dataclass(frozen=True)
class Concept:
    """A thing: the drawings' common `name` in every package, and the `words` that mean it."""

    name: str
    words: tuple[str, ...]


def curriculum() -> list[Concept]:
    """The lesson's concepts, in order, each with all its words."""
    others = _read(SYNONYMS)
    return [
        Concept(name, words + others.get(name, ())) for name, words in _read(CURRICULUM).items()
    ]


def _read(table: str) -> dict[str, tuple[str, ...]]:
    entries = table.replace("\n", ";").split(";")
    pairs = (entry.strip().split("=") for entry in entries if entry.strip())
    return {name: tuple(words.split("|")) for name, words in pairs}


def everything(emojibase_json: Path) -> list[Concept]:
    """Every thing that emojibase names; the curriculum's words win where it knows the thing."""
    known = {concept.name: concept for concept in curriculum()}
    for entry in json.loads(emojibase_json.read_text(encoding="utf-8")):
        word = entry["label"].lower().replace(":", "").replace("’", "")
        name = word.replace(" ", "-")
        if entry.get("group") in THING_GROUPS and name not in known:
            known[name] = Concept(name, (word,))
    return list(known.values())
